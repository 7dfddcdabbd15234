// Power and temperature, as far as the machine has sensors: powercap's energy, hwmon's and thermal zones'
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
  /// A reading of the sensors; nothing for those that are missing.
  struct Reading {
    std::optional<double> energy_j;      ///< Energy since open(), of all packages.
    std::optional<double> power_w;       ///< Present power of all power sensors; only without energy_j.
    std::optional<double> celsius = {};  ///< Present temperature of the hottest sensor.
  };
  /// Opens all sensors below `sys`.
  [[nodiscard]] static Sensors open(const std::filesystem::path& sys = "/sys");
  /// Takes some 10 us per sensor.
  [[nodiscard]] Reading read();
  /// Which sensors are missing and why; empty: none.
  [[nodiscard]] const std::string& missing() const noexcept { return missing_; }

 private:
  /// An energy counter, which wraps to 0 after `range_uj`.
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
