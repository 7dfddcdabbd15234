// The percentile text `.hgrm` that HdrHistogram's plotters read, byte for byte as the reference
// implementation's outputPercentileDistribution writes it. Safe from any thread. Includes only the histogram.
#pragma once

#include <string>

#include "stats/hdr_histogram.h"

namespace hopcost {

/// `ticks` lines per halving of the distance to 100 % (at least 1). Values are divided by `unit_ratio` (1000
/// turns ns into us). Mean and deviation in the text are the reference's: it takes the middle of a step of
/// 2^k values half a unit higher than HdrHistogram::mean() does.
[[nodiscard]] std::string percentile_text(const HdrHistogram& histogram, int ticks = 5,
                                          double unit_ratio = 1.0);

}  // namespace hopcost
