#include "hopload/machine/sensors.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

namespace hopcost::hopload {
namespace {

namespace fs = std::filesystem;

/// The number at the begin of a file, read anew; nothing when there is none.
std::optional<double> number_in(int fd) {
  char text[64];
  const ssize_t n = ::pread(fd, text, sizeof text - 1, 0);
  if (n <= 0) return std::nullopt;
  text[n] = '\0';
  char* end = nullptr;
  const double value = std::strtod(text, &end);
  return end == text ? std::nullopt : std::optional(value);
}

/// Opens a sensor's file, if it can be read and has a number.
Fd sensor(const fs::path& path) {
  Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  return fd.valid() && number_in(fd.get()) ? std::move(fd) : Fd();
}

std::vector<fs::path> entries(const fs::path& folder) {
  std::vector<fs::path> all;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(folder, none)) all.push_back(entry.path());
  std::ranges::sort(all);
  return all;
}

bool is_reading(const std::string& name, const char* of, const char* what) {
  return name.starts_with(of) && name.ends_with(what);
}

}  // namespace

Sensors Sensors::open(const fs::path& sys) {
  Sensors sensors;
  sensors.open_zones(sys);
  sensors.open_hwmon(sys);
  if (sensors.zones_.empty() && sensors.power_.empty())
    sensors.missing_ = "power: neither powercap nor hwmon has a meter that can be read";
  if (sensors.heat_.empty()) {
    sensors.missing_ += sensors.missing_.empty() ? "" : "; ";
    sensors.missing_ += "temperature: neither hwmon nor a thermal zone has a sensor";
  }
  return sensors;
}

/// Only packages: "intel-rapl:0", not its parts "intel-rapl:0:1", and not the same package by another
/// interface.
void Sensors::open_zones(const fs::path& sys) {
  for (const fs::path& zone : entries(sys / "class/powercap")) {
    const std::string name = zone.filename();
    if (std::ranges::count(name, ':') != 1 || name.find("-mmio") != std::string::npos) continue;
    Fd range = sensor(zone / "max_energy_range_uj"), energy = sensor(zone / "energy_uj");
    if (!range.valid() || !energy.valid()) continue;
    const double range_uj = number_in(range.get()).value_or(0), now = number_in(energy.get()).value_or(0);
    zones_.push_back({std::move(energy), range_uj, now});
  }
}

void Sensors::open_hwmon(const fs::path& sys) {
  for (const fs::path& chip : entries(sys / "class/hwmon")) {
    for (const fs::path& file : entries(chip)) {
      const std::string name = file.filename();
      const bool power = is_reading(name, "power", "_input"), heat = is_reading(name, "temp", "_input");
      if (!power && !heat) continue;
      if (Fd fd = sensor(file); fd.valid()) (power ? power_ : heat_).push_back(std::move(fd));
    }
  }
  if (!heat_.empty()) return;
  for (const fs::path& zone : entries(sys / "class/thermal")) {
    if (Fd fd = sensor(zone / "temp"); fd.valid()) heat_.push_back(std::move(fd));
  }
}

Sensors::Reading Sensors::read() {
  Reading now;
  for (Zone& zone : zones_) {
    const double uj = number_in(zone.file.get()).value_or(zone.last_uj);
    zone.sum_uj += uj >= zone.last_uj ? uj - zone.last_uj : uj + zone.range_uj - zone.last_uj;
    zone.last_uj = uj;
    now.energy_j = now.energy_j.value_or(0) + zone.sum_uj / 1e6;
  }
  if (zones_.empty()) {
    for (const Fd& fd : power_) {
      if (const auto uw = number_in(fd.get())) now.power_w = now.power_w.value_or(0) + *uw / 1e6;
    }
  }
  for (const Fd& fd : heat_) {
    if (const auto thousandths = number_in(fd.get()))
      now.celsius = std::max(now.celsius.value_or(-273.15), *thousandths / 1000);
  }
  return now;
}

}  // namespace hopcost::hopload
