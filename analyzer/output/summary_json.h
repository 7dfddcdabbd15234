// The answer of doc/control-protocol.md's "collect", which is also the body of --json.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "analyzer/output/summary.h"
#include "analyzer/output/uncertainty.h"

namespace hopcost::analyzer {

/// "regime", "taps", "hops", "foreign", "evicted", "restarts". Figures that the stamps forbid are empty and
/// say why in "invalid".
[[nodiscard]] nlohmann::json summary_to_json(const Summary& summary);

/// All that a run of the program says of its taps (doc/analyzer-json.md), but for what only one way of
/// running knows.
[[nodiscard]] nlohmann::json run_to_json(const Summary& summary, const StampFacts& stamps, double elapsed_s);

}  // namespace hopcost::analyzer
