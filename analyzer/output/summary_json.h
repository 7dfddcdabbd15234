// The answer of doc/control-protocol.md's "collect", which is also the body of --json.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "analyzer/output/summary.h"
#include "analyzer/output/uncertainty.h"

namespace hopcost::analyzer {

/// "regime", "taps", "hops", "foreign", "evicted", "restarts". Figures that the stamps forbid are empty and
/// say why in "invalid".
[[nodiscard]] nlohmann::json summary_to_json(const Summary& summary);

/// What every run says of its taps (doc/analyzer-json.md). Callers add what only live taps or only capture
/// files know.
[[nodiscard]] nlohmann::json run_to_json(const Summary& summary, const StampFacts& stamps, double elapsed_s);

}  // namespace hopcost::analyzer
