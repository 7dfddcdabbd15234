// pktgen for a person: one run, one report.
#pragma once

#include "base/result.h"
#include "pktgen/options/config.h"

namespace hopcost::pktgen {

/// Opens, drops all capabilities, sends, prints. Exit::kPartial when the run was cut short; its result is
/// printed all the same.
[[nodiscard]] Result<Exit> run_standalone(const Config& config);

}  // namespace hopcost::pktgen
