// The machine as it was when it measured: what must be known to compare two results. Reads /proc and /sys
// only.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "campaign/bench/bench.h"

namespace hopcost::campaign {

/// environment.json (doc/result-format.md).
[[nodiscard]] nlohmann::json describe_environment(const Bench& bench);
/// The same of a build without generator and analyzer.
[[nodiscard]] nlohmann::json describe_environment(const Build& build, const Placement& placement);

}  // namespace hopcost::campaign
