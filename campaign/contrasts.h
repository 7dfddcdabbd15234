// Contrasts between paths: costs against host, shifts at quantiles, pairs. Pure. Includes base, stats.
#pragma once

#include <vector>

#include "campaign/analysis.h"
#include "campaign/block_table.h"

namespace hopcost::campaign {

/// Estimate and 95 % interval of a series of block figures (Hodges-Lehmann, Wilcoxon).
[[nodiscard]] Estimate over_blocks(const std::vector<double>& values);

/// Mode against reference. The verdict and Holm's p are left to judge(). Nothing when no block has both.
[[nodiscard]] std::optional<Cost> contrast(const BlockTable& table, std::size_t mode, std::size_t reference,
                                           std::uint64_t seed);

/// Holm over all modes' p-values, then the verdicts. `noise_ns` is how far from 0 a control proved to be:
/// a cost that is not beyond it is undecided.
void judge(std::vector<ModeFigures>& modes, double noise_ns);

}  // namespace hopcost::campaign
