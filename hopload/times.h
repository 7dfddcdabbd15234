// The figures of loads with response times. Pure. Includes base, stats.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "stats/hdr_histogram.h"

namespace hopcost::hopload {

/// The figures p50, transactions, mean, p90 and p99 in the answer to "prepare": [{"name", "unit", "better"}].
[[nodiscard]] nlohmann::json time_kinds();

/// A figure in % that is 0 in a quantum without trouble, so it is compared by difference.
[[nodiscard]] nlohmann::json trouble_kind(const char* name);

/// The answer to "run": those figures for the `times` (ns) of a quantum of `seconds`, and the histogram.
[[nodiscard]] nlohmann::json answer_of(const HdrHistogram& times, double seconds);

}  // namespace hopcost::hopload
