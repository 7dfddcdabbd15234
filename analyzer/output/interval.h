// One interval's outputs: lines for people, histograms for the log. Used by the stand-alone program alone.
#pragma once

#include <string>
#include <vector>

#include "analyzer/output/summary.h"
#include "stats/hdr_log.h"

namespace hopcost::analyzer {

/// A line per hop, for people: count, p50, p99, max.
[[nodiscard]] std::vector<std::string> interval_lines(const Summary& interval, double elapsed_s);

/// One histogram per hop ("FROM-TO") and one for the last tap since transmission ("sent-LAST"), with its tag.
/// Times in seconds since the epoch. Figures that the stamps forbid are left out. Errors: what writing the
/// log gave.
[[nodiscard]] Result<void> log_interval(HlogWriter& writer, const Summary& interval, double start_s,
                                        double end_s);

}  // namespace hopcost::analyzer
