// How well the means of a summary are known, as far as one run of the analyzer can tell. Pure.
#pragma once

#include "analyzer/output/summary.h"
#include "base/cpu_clocks.h"
#include "stats/uncertainty.h"

namespace hopcost::analyzer {

/// Where the stamps came from.
struct StampFacts {
  ClockFacts clocks;             ///< Live taps: of this host.
  std::optional<double> fit_ns;  ///< Capture files whose clocks were fitted: the worst fit's uncertainty.
  bool files = false;
};

/// The uncertainty of the mean of a hop's times.
[[nodiscard]] UncertaintyBudget hop_uncertainty(const HopSummary& hop, const StampFacts& facts);

}  // namespace hopcost::analyzer
