// The ways packets take in a run, and the points on them where taps can stand. Set-up only; includes nsglue.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "campaign/plan.h"
#include "nsglue/nsglue.h"

namespace hopcost::campaign {

/// Of the tap kinds, the one that can watch sockets and tracepoints (doc/measuring.md).
inline constexpr const char* kBpfTaps = "bpf";

struct Point {
  std::string name, netns, device;
  std::string direction;        ///< "in" or "out".
  std::uint16_t port = 0;       ///< of the UDP socket at the end, or 0.
  std::string tracepoint = {};  ///< of the device, instead of the direction.
  std::string hook = {};        ///< of the device's direction: "tc", "xdp" or empty.
};

/// Whether what a tap at the point costs is known from one on the transmit side: a tracepoint is a
/// tracepoint.
[[nodiscard]] bool costs_as_transmit(const Point& point);

/// A way for packets to go, as a run names it.
struct Path {
  std::string name;      ///< the mode's name, "MODE-repeat" or "MODE-rebuild".
  std::string instance;  ///< what it was built as; a repeat shares the mode's.
  nsglue::Topology topology;
  nsglue::Realised built;
  Role role = Role::kMode;
  /// Where taps can stand, in the order a packet passes them; the last is the end of the path.
  std::vector<Point> points = {};
};

/// Fills in the points of all paths for a kind of tap. `fine`: also the tracepoints between devices (bpf
/// alone).
void choose_points(std::vector<Path>& paths, const std::string& tap_kind, bool fine);

/// The taps of a path that are open in a kind of slot, as the analyzer's `arm` takes them
/// (doc/control-protocol.md), in order; the last point's is always among them. A path
/// with one point alone has nothing more to open in hop slots: there a twin before the tap tells what one
/// costs.
[[nodiscard]] std::vector<nlohmann::json> taps_for(const Path& path, const std::string& tap_kind,
                                                   SlotKind kind);

}  // namespace hopcost::campaign
