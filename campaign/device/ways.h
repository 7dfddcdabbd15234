// What stands between the tester's two ports: a device that is there already, or a topology built for the
// test, or nothing but a wire. Owns what it builds. One owner thread. Includes base, bench.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/device_counters.h"
#include "base/result.h"
#include "campaign/bench/build.h"
#include "campaign/device/device_config.h"
#include "campaign/device/frames.h"
#include "campaign/site/site.h"

namespace hopcost::campaign {

/// One way through a device.
struct OneWay {
  Way way = Way::kForth;
  std::string from, to;  ///< pktgen's port specs.
  std::string dst_mac;   ///< Of the device, where frames go in; empty: pktgen's own way.
  std::string dst_ip = {};
  std::uint16_t dst_port = 0;             ///< With dst_ip: where alone the device lets frames through.
  std::vector<std::string> also_to = {};  ///< Further ports that frames come out at.
  std::vector<Frames> flows = {};         ///< What is sent, but for the size; empty: RFC 2544's one flow.
  std::optional<DeviceCounters> tester_out = {}, device_in = {}, device_out = {}, tester_in = {};
};

struct Ways {
  std::vector<OneWay> ways;         ///< One, or with bidirectional both.
  std::unique_ptr<Site> site = {};  ///< Where the build stands, if there is one.
  std::optional<Build> build = {};
};

/// The ports that the person named, and the device behind them: two, or for RFC 2889's congestion in, in,
/// out, out.
[[nodiscard]] Result<Ways> named_ports(const DeviceConfig& config);
/// Builds `config.dut` with its routes. Errors: nsglue's; kUsage where
/// both ways are asked for of a topology that has one.
[[nodiscard]] Result<Ways> built_device(const DeviceConfig& config);
/// Two ports of veth on one wire: what the tester can do without a device.
[[nodiscard]] Result<Ways> bare_wire(const std::string& backend);

}  // namespace hopcost::campaign
