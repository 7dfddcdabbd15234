// Prepares the ports of a run's lanes. Set-up; one owner thread.
#pragma once

#include <fmt/format.h>

#include <concepts>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "base/result.h"
#include "pktgen/io/maker_port.h"
#include "pktgen/io/port.h"
#include "pktgen/send/lane.h"
#include "pktgen/source/frame_source.h"

namespace hopcost::pktgen {

/// One lane's port, source and counts. All lanes of a run have the same types.
template <class P, class S>
struct LaneEnds {
  P* port;
  S* source;
  LaneCount* count;
};

/// Checks whether two lanes of fixed frames can share a port. The port holds one frame, which each lane
/// renumbers as its own. Errors: kUsage.
[[nodiscard]] inline Result<void> check_shared(const TemplateSource& a, const TemplateSource& b) {
  if (!a.stamps() || !b.stamps())
    return error(Exit::kUsage, "lanes on one port need stamps: their frames could not be told apart",
                 "leave out \"stamp\":false");
  if (a.first_frame().renumbers(b.first_frame())) return {};
  return error(Exit::kUsage, "two lanes on one port differ in more than the flow",
               "give them the same frame, or a port each");
}
/// Other sources can always share a port: profiles and captures write each frame whole.
template <class S>
[[nodiscard]] Result<void> check_shared(const S&, const S&) {
  return {};
}

/// Prepares each port once, with the longest first frame of its lanes. Errors: kUsage when lanes can't share
/// a port; the port's.
template <TxPort P, class S>
[[nodiscard]] Result<void> prepare(std::span<const LaneEnds<P, S>> lanes, bool) {
  std::map<P*, const S*> longest;
  std::map<P*, int> sharing;
  for (const auto& lane : lanes) ++sharing[lane.port];
  for (const auto& lane : lanes) {
    if constexpr (requires { lane.source->begin(true); }) lane.source->begin(sharing[lane.port] == 1);
    const auto [at, fresh] = longest.emplace(lane.port, lane.source);
    if (fresh) continue;
    if (auto ok = check_shared(*at->second, *lane.source); !ok) return ok;
    const auto size = [](const S& s) { return std::span<const std::byte>(s.first_frame()).size(); };
    if (size(*lane.source) > size(*at->second)) at->second = lane.source;
  }
  for (const auto& [port, source] : longest)
    if (auto ok = port->prepare(source->first_frame()); !ok) return ok;
  return {};
}

/// The same for a MakerPort. It numbers frames itself, so it takes one lane only.
template <MakerPort P, class S>
[[nodiscard]] Result<void> prepare(std::span<const LaneEnds<P, S>> lanes, bool stamp) {
  std::map<P*, int> taken;
  for (const auto& lane : lanes) {
    if (taken[lane.port]++ > 0)
      return error(Exit::kUsage, "this port numbers its frames itself: it has one lane at most",
                   "give each lane a port, or send from af_xdp or af_packet");
    if (auto ok = lane.port->prepare(lane.source->first_frame(),
                                     {.first_sequence = lane.count->first_sequence, .stamp = stamp});
        !ok)
      return ok;
  }
  return {};
}

}  // namespace hopcost::pktgen
