// The ways packets take in a build, and the points on them where taps can stand. Set-up only; includes
// nsglue.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "campaign/design/plan.h"
#include "nsglue/nsglue.h"

namespace hopcost::campaign {

/// Of the tap kinds, the one that can watch sockets and tracepoints (doc/measuring.md).
inline constexpr const char* kBpfTaps = "bpf";

/// Where a tap can stand.
struct Point {
  std::string name, netns, device;
  std::string direction;                ///< "in" or "out".
  std::uint16_t port = 0;               ///< Of the UDP socket at the end, or 0.
  std::string tracepoint = {};          ///< Of the device, instead of the direction.
  std::string hook = {};                ///< Of the device's direction: "tc", "xdp" or empty.
  std::vector<nsglue::Sink> also = {};  ///< Of the end: the sockets of further containers.
};

/// One instance of a mode: a way for packets to go.
struct Path {
  std::string mode;      ///< The topology's name.
  std::string instance;  ///< What it was built as; also its name to pktgen and analyzer.
  nsglue::Topology topology;
  nsglue::Realised built;
  /// Where taps can stand, in the order a packet passes them; the last is the end of the path.
  std::vector<Point> points = {};
};

/// The points of a path for a kind of tap. `fine`: also the tracepoints between devices (bpf alone).
[[nodiscard]] std::vector<Point> points_of(const Path& path, const std::string& tap_kind, bool fine);

/// Takes out points that packets of other paths pass as well, but for ends: a tap that is open there costs
/// them too.
void drop_shared_points(std::vector<Path>& paths);

/// Whether the last point is in the target's node: an af_packet tap can't stand on the socket at the end.
[[nodiscard]] bool ends_at_target(const Path& path);

/// The taps of a path that are open in a slot, as the analyzer's `arm` takes them (doc/control-protocol.md),
/// in order: the end's always, and `interior` (an index of points) or, with `all`, every one.
[[nodiscard]] std::vector<nlohmann::json> taps_for(const Path& path, const std::string& tap_kind, bool all,
                                                   std::optional<std::size_t> interior);

}  // namespace hopcost::campaign
