// What a load with response times tells of them. Pure. Includes base, stats.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "stats/hdr_histogram.h"

namespace hopcost::hopload {

/// What prepare tells of p50, transactions, mean, p90 and p99: [{"name", "unit", "better"}].
[[nodiscard]] nlohmann::json time_kinds();

/// A figure in %, of those a quantum without trouble has 0 of: compared by difference.
[[nodiscard]] nlohmann::json trouble_kind(const char* name);

/// What run answers: those figures of times in ns that a quantum of so many seconds had, and the histogram.
[[nodiscard]] nlohmann::json answer_of(const HdrHistogram& times, double seconds);

}  // namespace hopcost::hopload
