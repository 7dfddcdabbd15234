// The program without a control channel: opens the taps, watches until it is told to stop, writes what it
// found.
#pragma once

#include "analyzer/config.h"

namespace hopcost::analyzer {

/// Runs until the duration is over or a stop signal comes; both end with results. Gives kOk, or kPartial when
/// results could not all be written or a tap saw nothing. Errors: what keeps it from starting.
[[nodiscard]] Result<Exit> run_standalone(const Config& config);

}  // namespace hopcost::analyzer
