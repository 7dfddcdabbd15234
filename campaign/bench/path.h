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

/// The tap kind that can watch sockets and tracepoints (doc/measuring.md).
inline constexpr const char* kBpfTaps = "bpf";

/// Where a tap can stand.
struct Point {
  std::string name, netns, device;
  std::string direction;                ///< "in" or "out".
  std::uint16_t port = 0;               ///< The port of the UDP socket at the end; 0: the point is not a
                                        ///< socket.
  std::string tracepoint = {};          ///< A tracepoint to watch for `device`, in place of `direction`.
  std::string hook = {};                ///< The hook on the device: "tc", "xdp" or empty (packet sockets).
  std::vector<nsglue::Sink> also = {};  ///< At the end: the sockets of the other containers, which the same
                                        ///< tap watches.
};

/// One instance of a mode, and so one path for packets.
struct Path {
  std::string mode;      ///< The topology's name.
  std::string instance;  ///< The name it was built under, also used in requests to pktgen and the analyzer.
  nsglue::Topology topology;
  nsglue::Realised built;
  /// Where taps can stand, in the order in which a packet passes them; the last is the end of the path.
  std::vector<Point> points = {};
};

/// The points of a path for one kind of tap. `fine`: with the tracepoints between devices (only for bpf
/// taps).
[[nodiscard]] std::vector<Point> points_of(const Path& path, const std::string& tap_kind, bool fine);

/// Removes points that packets of other paths pass as well, because an open tap there costs those packets
/// too. Ends stay.
void drop_shared_points(std::vector<Path>& paths);

/// Whether the last point is in the target's node. It may not be with taps of kind af_packet, which can't
/// stand on the socket at the end. Always true for a path that ends in a virtual machine.
[[nodiscard]] bool ends_at_target(const Path& path);

/// The taps of a path that are open in a slot, in order, as the analyzer's `arm` takes them
/// (doc/control-protocol.md): always the end's; also that of point `interior`, or of every point with `all`.
[[nodiscard]] std::vector<nlohmann::json> taps_for(const Path& path, const std::string& tap_kind, bool all,
                                                   std::optional<std::size_t> interior);

}  // namespace hopcost::campaign
