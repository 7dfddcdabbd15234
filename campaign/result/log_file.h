// Histograms of a result folder as files. Includes base, stats.
#pragma once

#include <filesystem>
#include <string>

#include "base/result.h"
#include "stats/hdr_histogram.h"

namespace hopcost::campaign {

/// Where in time a log stands.
struct Span {
  double start_unix_s, length_s;
};

/// One histogram as an HdrHistogram log, the file replaced whole or not at all. Errors: replace_file()'s.
[[nodiscard]] Result<void> replace_log(const std::filesystem::path& path, const std::string& tag,
                                       const HdrHistogram& histogram, Span span);

}  // namespace hopcost::campaign
