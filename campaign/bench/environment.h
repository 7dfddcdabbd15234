// Describes the machines as they were during the run: what one must know to compare two results.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "campaign/bench/bench.h"

namespace hopcost::campaign {

/// environment.json (doc/result-format.md) of the device's machine; under "tester" that of the tester's
/// machine, if it is another. Errors: the sites'.
[[nodiscard]] Result<nlohmann::json> describe_environment(const Bench& bench, Sites& sites);
/// The same for a build without generator and analyzer.
[[nodiscard]] Result<nlohmann::json> describe_environment(const Build& build, Sites& sites);

/// A sentence for each of the machines whose CPU is emulated: its figures are no machine's.
[[nodiscard]] std::vector<std::string> emulated_machines(const nlohmann::json& environment);

}  // namespace hopcost::campaign
