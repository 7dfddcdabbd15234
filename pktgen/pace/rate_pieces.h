// Parses rates that change over a run, trains and turns.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/quantity.h"
#include "base/result.h"
#include "pktgen/pace/turns.h"

namespace hopcost::pktgen {

/// A stretch of a run at one rate, or with the rate changing linearly from `from` to `to`.
struct RatePiece {
  Rate from, to;
  std::uint64_t ns = 0;  ///< 0: until the run ends; only in the last piece.
};

/// One rate (base/quantity.h), "10kpps..1Mpps/10s" (a ramp), or pieces one after the other:
/// "10kpps/5s,20kpps/5s,20kpps..50kpps/1m". Gives at least one piece; "max" must be the only one. Errors:
/// kUsage.
[[nodiscard]] Result<std::vector<RatePiece>> parse_rate_pieces(const std::string& text);

/// How many departures form a train, and how far apart they are.
struct Train {
  std::uint32_t departures = 1;
  std::uint64_t gap_ns = 0;
};
/// "16,2us": at least one departure. Errors: kUsage.
[[nodiscard]] Result<Train> parse_train(const std::string& text);

/// "16" or "16,mirrored": departures of a lane's train, and whether rounds are mirrored. The seed stays
/// TurnSpec's default. Errors: kUsage.
[[nodiscard]] Result<TurnSpec> parse_turns(const std::string& text);

}  // namespace hopcost::pktgen
