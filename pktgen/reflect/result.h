// What a reflector of either kind counts, and its result.
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
  std::array<std::uint64_t, kTurnVerdicts> seen{};  ///< Frames by verdict.
  std::uint64_t no_room = 0;  ///< Frames of kTurn dropped because the device took no more.

  /// Frames of this verdict.
  [[nodiscard]] std::uint64_t of(TurnVerdict v) const noexcept { return seen[static_cast<std::size_t>(v)]; }
  [[nodiscard]] std::uint64_t reflected() const noexcept { return of(TurnVerdict::kTurn) - no_room; }
};

/// How a reflector's run went.
struct ReflectResult {
  SendEnd end = SendEnd::kDone;
  int port_errno = 0;  ///< errno of a port that failed; 0: it did not.
  ReflectCounts counts;
  std::uint64_t tx_errors = 0;  ///< Reflected frames that the device refused or still held at the end.
  std::uint64_t drops = 0;      ///< Frames lost before they were looked at, because the ring was full.
  std::uint64_t elapsed_ns = 0;
  HdrHistogram residence;  ///< How long each reflected probe was kept, ns.
  std::string stamp;       ///< Who took the receive stamp: kernel, hardware, user or program.
  std::string note;        ///< What a person should know besides the counts; empty: nothing.
};

}  // namespace hopcost::pktgen
