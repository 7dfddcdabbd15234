// A summary as OpenMetrics text, version 1.0.0 (https://openmetrics.io; doc/analyzer-live.md has the names).
// Pure.
#pragma once

#include <string>

#include "analyzer/output/summary.h"

namespace hopcost::analyzer {

/// Everything since counting began: quantiles, counts and sums of hops and of times since transmission in
/// seconds, counters of taps. Figures that the stamps forbid are left out and marked by hopcost_hop_invalid.
/// `elapsed_s` is the time counted. Some 10 KiB for a path of five taps.
[[nodiscard]] std::string openmetrics_text(const Summary& summary, double elapsed_s);

}  // namespace hopcost::analyzer
