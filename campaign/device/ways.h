// What is between the tester's two ports: a device that is there already, a topology built for the test, or
// only a wire. Owns what it builds. One owner thread. Includes base, bench.
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
  std::string dst_mac;   ///< The device's MAC where frames go in; empty: pktgen finds it.
  /// The device at the far end of a path that hopcost built, which may carry its container's default route;
  /// empty: the ports are the user's.
  std::string built_end = {};
  /// With pktgen's xdp backend: the same frame is sent all the time, in bursts.
  bool one_frame = false;
  std::vector<Frames> flows = {};         ///< What is sent, in turn; the size comes from the trial.
  std::vector<std::string> also_to = {};  ///< Further ports where frames come out, as of other ways.
  /// A third port of the device, where frames that it floods come out; empty: none is watched.
  std::string monitor = {};
  std::optional<DeviceCounters> tester_out = {}, device_in = {}, device_out = {}, tester_in = {},
                                monitor_in = {};
};

struct Ways {
  std::vector<OneWay> ways;         ///< One; with `bidirectional` two; with several inputs one of each.
  std::unique_ptr<Site> site = {};  ///< Where the build stands, if there is one.
  std::optional<Build> build = {};
  Daemons daemons = {};                   ///< Of the build's nodes.
  std::vector<std::string> filters = {};  ///< The device's packet filters, in nft(8)'s syntax.
  Managed managed = {};                   ///< For management queries; only of a device that is built.
  bool learns = false;  ///< The device forwards by learned addresses, so it has to see the tester's first.
};

/// The frames that the configuration asks for.
[[nodiscard]] Frames frames_asked(const DeviceConfig& config);

/// The ports that the user named, with the device behind them, as validate() lets pass: in, out, and maybe a
/// third that is watched for floods. Of an even number above 2 the first half are inputs and the second half
/// outputs: each input sends to each output in turn (RFC 2544 section 16), for congestion as RFC 2889 has it.
/// Errors: kUsage when an input's MAC address is missing.
[[nodiscard]] Result<Ways> named_ports(const DeviceConfig& config);
/// Builds `config.dut` with its routes, daemons and `filters` packet filters (0: it lets everything pass).
/// Errors: nsglue's; kUsage for options that the topology can't have: both ways, the address family, filters,
/// management.
[[nodiscard]] Result<Ways> built_device(const DeviceConfig& config, std::uint32_t filters);
/// Builds a veth pair whose ends are the tester's two ports, with the same frames: it shows what the tester
/// can do without a device. `backend`: of the ports. Errors: nsglue's.
[[nodiscard]] Result<Ways> bare_wire(const std::string& backend, const DeviceConfig& config);

}  // namespace hopcost::campaign
