// What a reflector counts and says at its end, whichever kind it is.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "pktgen/pace/send_end.h"
#include "stats/hdr_histogram.h"
#include "wire/turn_around.h"

namespace hopcost::pktgen {

/// What a reflector did with the frames that came in.
struct ReflectCounts {
  std::array<std::uint64_t, kTurnVerdicts> seen{};  ///< Frames by what was to be done with them.
  std::uint64_t no_room = 0;  ///< Of those to be turned around, dropped: the device takes no more.

  /// Frames of this verdict.
  [[nodiscard]] std::uint64_t of(TurnVerdict v) const noexcept { return seen[static_cast<std::size_t>(v)]; }
  [[nodiscard]] std::uint64_t reflected() const noexcept { return of(TurnVerdict::kTurn) - no_room; }
};

/// How a reflector's run went.
struct ReflectResult {
  SendEnd end = SendEnd::kDone;
  int port_errno = 0;  ///< Why the port failed.
  ReflectCounts counts;
  std::uint64_t tx_errors = 0;  ///< Of the reflected, those the device refused or still held at the end.
  std::uint64_t drops = 0;      ///< Frames lost before they were looked at, for a full ring.
  std::uint64_t elapsed_ns = 0;
  HdrHistogram residence;  ///< Of each reflected probe, ns.
  std::string stamp;       ///< Who read the clock when a frame came in: kernel, hardware, user or program.
  std::string note;        ///< What the counts do not say.
};

}  // namespace hopcost::pktgen
