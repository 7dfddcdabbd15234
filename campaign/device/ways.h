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
#include "campaign/device/daemons.h"
#include "campaign/device/device_config.h"
#include "campaign/device/frames.h"
#include "campaign/device/management.h"
#include "campaign/site/site.h"

namespace hopcost::campaign {

/// One way through a device.
struct OneWay {
  Way way = Way::kForth;
  std::string from, to;  ///< pktgen's port specs.
  std::string dst_mac;   ///< Of the device, where frames go in; empty: pktgen's own way.
  bool one_frame =
      false;  ///< Of pktgen's xdp backend: the first frame of the flow again and again, in bursts.
  std::vector<Frames> flows = {};         ///< What is sent, but for the size.
  std::vector<std::string> also_to = {};  ///< Further ports that frames come out at.
  /// A third port of the device, where frames that it floods come out; empty: none is watched.
  std::string monitor = {};
  std::optional<DeviceCounters> tester_out = {}, device_in = {}, device_out = {}, tester_in = {},
                                monitor_in = {};
};

struct Ways {
  std::vector<OneWay> ways;         ///< One, or with bidirectional both.
  std::unique_ptr<Site> site = {};  ///< Where the build stands, if there is one.
  std::optional<Build> build = {};
  Daemons daemons = {};                   ///< Of its nodes.
  std::vector<std::string> filters = {};  ///< In its packet filter, in nft(8)'s words.
  Managed managed = {};                   ///< Of one that is built.
  bool learns = false;  ///< The device forwards by what it learned: it has to see the tester first.
};

/// What a person asked to be sent.
[[nodiscard]] Frames frames_asked(const DeviceConfig& config);

/// The ports that the person named, and the device behind them, as validate() lets pass: in, out, and maybe a
/// third that is watched for floods; or for RFC 2889's congestion in, in, out, out.
[[nodiscard]] Result<Ways> named_ports(const DeviceConfig& config);
/// Builds `config.dut` with its routes, so many filters (0: it lets all pass), and daemons. Errors: nsglue's;
/// kUsage where both ways are asked for of a topology that has one, another family than it takes, or filters
/// of one that does not route.
[[nodiscard]] Result<Ways> built_device(const DeviceConfig& config, std::uint32_t filters);
/// Two ports of veth on one wire, with the same frames: what the tester can do without a device.
[[nodiscard]] Result<Ways> bare_wire(const std::string& backend, const DeviceConfig& config);

}  // namespace hopcost::campaign
