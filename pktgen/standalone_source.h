// What a stand-alone run sends, and how fast: the plan with all that only the open port knows.
#pragma once

#include "base/result.h"
#include "pktgen/run.h"
#include "pktgen/validate.h"

namespace hopcost::pktgen {

/// Fills in the plan's source MAC where it is open. Errors: kUsage of frame, profile, rate or capture;
/// kMissing when a share of the link's speed is asked for and the device does not say that.
[[nodiscard]] Result<RunSpec> spec_of(Plan& plan, const PortInfo& info, std::uint64_t seed);

}  // namespace hopcost::pktgen
