// Power and temperature, from files as sysfs has them.
#include "hopload/machine/sensors.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

namespace hopcost::hopload {
namespace {

namespace fs = std::filesystem;

class Sysfs : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "hopcost-sys-XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    sys_ = pattern;
  }
  void TearDown() override { fs::remove_all(sys_); }
  void put(const std::string& file, const std::string& text) const {
    fs::create_directories((sys_ / "class" / file).parent_path());
    std::ofstream(sys_ / "class" / file) << text << "\n";
  }
  fs::path sys_;
};

TEST_F(Sysfs, WithoutSensorsBothAreMissing) {
  Sensors none = Sensors::open(sys_);
  EXPECT_NE(none.missing().find("power"), std::string::npos);
  EXPECT_NE(none.missing().find("temperature"), std::string::npos);
  const auto now = none.read();
  EXPECT_FALSE(now.energy_j || now.power_w || now.celsius);
}

TEST_F(Sysfs, PackagesAddUpAndTheirCountersBeginAnew) {
  for (const auto& [zone, energy] : {std::pair{"intel-rapl:0", "900000"},
                                     {"intel-rapl:1", "100"},
                                     {"intel-rapl:0:0", "5"},
                                     {"intel-rapl-mmio:0", "5"}}) {
    put(std::string("powercap/") + zone + "/energy_uj", energy);
    put(std::string("powercap/") + zone + "/max_energy_range_uj", "1000000");
  }
  put("powercap/intel-rapl/enabled", "1");
  Sensors sensors = Sensors::open(sys_);
  EXPECT_EQ(sensors.missing().find("power"), std::string::npos);
  EXPECT_DOUBLE_EQ(sensors.read().energy_j.value_or(-1), 0);
  put("powercap/intel-rapl:0/energy_uj", "950000");
  put("powercap/intel-rapl:1/energy_uj", "50100");
  put("powercap/intel-rapl:0:0/energy_uj", "999999");
  EXPECT_DOUBLE_EQ(sensors.read().energy_j.value_or(-1), 0.1);
  put("powercap/intel-rapl:0/energy_uj", "50000");  // over the end
  EXPECT_DOUBLE_EQ(sensors.read().energy_j.value_or(-1), 0.2);
}

TEST_F(Sysfs, HwmonHasPowerAndTheHottest) {
  put("hwmon/hwmon0/temp1_input", "41000");
  put("hwmon/hwmon1/temp1_input", "57500");
  put("hwmon/hwmon1/temp1_crit", "99000");
  put("hwmon/hwmon1/temp2_input", "");  // a sensor that fails
  put("hwmon/hwmon2/power1_input", "2500000");
  put("hwmon/hwmon2/power2_input", "500000");
  put("thermal/thermal_zone0/temp", "90000");
  Sensors sensors = Sensors::open(sys_);
  EXPECT_EQ(sensors.missing(), "");
  const auto now = sensors.read();
  EXPECT_FALSE(now.energy_j);
  EXPECT_DOUBLE_EQ(now.power_w.value_or(-1), 3);
  EXPECT_DOUBLE_EQ(now.celsius.value_or(-1), 57.5);
}

TEST_F(Sysfs, AThermalZoneServesWhereHwmonHasNone) {
  put("thermal/thermal_zone0/temp", "38250");
  put("thermal/cooling_device0/cur_state", "1");
  EXPECT_DOUBLE_EQ(Sensors::open(sys_).read().celsius.value_or(-1), 38.25);
}

}  // namespace
}  // namespace hopcost::hopload
