// pktgen for a person: one run, one report.
#pragma once

#include "base/result.h"
#include "pktgen/config.h"

namespace hopcost::pktgen {

/// Opens, drops all capabilities, sends, prints. Exit::kPartial when the run was cut short; its result is
/// printed all the same. The calling thread is the sender, and is pinned.
[[nodiscard]] Result<Exit> run_standalone(const Config& config);

}  // namespace hopcost::pktgen
