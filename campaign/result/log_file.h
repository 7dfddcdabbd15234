// Writes a result folder's histograms to files. Includes base, stats.
#pragma once

#include <filesystem>
#include <string>

#include "base/result.h"
#include "stats/hdr_histogram.h"

namespace hopcost::campaign {

/// The time that a log covers.
struct Span {
  double start_unix_s, length_s;
};

/// Writes one histogram as an HdrHistogram log under `tag`. The file is replaced whole or not at all. Errors:
/// replace_file()'s.
[[nodiscard]] Result<void> replace_log(const std::filesystem::path& path, const std::string& tag,
                                       const HdrHistogram& histogram, Span span);

}  // namespace hopcost::campaign
