// The machines as they were when they measured: what must be known to compare two results.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "campaign/bench/bench.h"

namespace hopcost::campaign {

/// environment.json (doc/result-format.md): of the device's machine, and under "tester" of the tester's where
/// that is another. Errors: those of the sites.
[[nodiscard]] Result<nlohmann::json> describe_environment(const Bench& bench, Sites& sites);
/// The same of a build without generator and analyzer.
[[nodiscard]] Result<nlohmann::json> describe_environment(const Build& build, Sites& sites);

}  // namespace hopcost::campaign
