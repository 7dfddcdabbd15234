// The part of a sample result that each load has of its own: modes, controls, builds. Test support.
#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace hopcost {
class HdrHistogram;
}

namespace hopcost::campaign {

struct Sample;

/// {"load", "modes", "pairs", "aa", "instance", "mde_ns", "builds"} of load number `level`.
[[nodiscard]] nlohmann::json sample_level(const Sample& sample, int level);

/// The end-to-end times of mode number `index` of the sample at a load.
[[nodiscard]] HdrHistogram sample_latencies(const Sample& sample, int level, std::size_t index);

/// Some `packets` times around `median_ns`, with a tail.
[[nodiscard]] HdrHistogram sample_times(double median_ns, unsigned packets, unsigned seed);

}  // namespace hopcost::campaign
