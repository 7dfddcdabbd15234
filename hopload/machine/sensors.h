// Power and temperature, where the machine tells of them: powercap's energy, hwmon's and thermal zones'
// sensors (Documentation/power/powercap/powercap.rst, Documentation/hwmon/sysfs-interface.rst). One owner
// thread at a time. Includes base.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/fd.h"

namespace hopcost::hopload {

class Sensors {
 public:
  /// What the sensors say now; nothing of what is missing.
  struct Reading {
    std::optional<double> energy_j;      ///< Since open(), of all packages; or
    std::optional<double> power_w;       ///< now, of all sensors of power.
    std::optional<double> celsius = {};  ///< Now, of the hottest sensor.
  };
  /// Opens what there is below `sys`.
  [[nodiscard]] static Sensors open(const std::filesystem::path& sys = "/sys");
  /// Some 10 us a sensor.
  [[nodiscard]] Reading read();
  /// What is missing and why, or empty.
  [[nodiscard]] const std::string& missing() const noexcept { return missing_; }

 private:
  /// A counter of energy, which begins anew behind `range_uj`.
  struct Zone {
    Fd file;
    double range_uj = 0, last_uj = 0, sum_uj = 0;
  };
  void open_zones(const std::filesystem::path& sys);
  void open_hwmon(const std::filesystem::path& sys);
  std::vector<Zone> zones_;
  std::vector<Fd> power_, heat_;  // in microwatts, in thousandths of a degree
  std::string missing_;
};

}  // namespace hopcost::hopload
