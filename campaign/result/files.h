// Files of a result folder, each replaced whole or not at all: a reader never sees half of one. Includes
// base, stats.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"
#include "stats/hdr_histogram.h"

namespace hopcost::campaign {

/// Where in time a log stands.
struct Span {
  double start_unix_s, length_s;
};

/// All of the text, and to the disk. Errors: write(2)'s and fsync(2)'s.
[[nodiscard]] Result<void> write_all(int fd, std::string_view text);

/// Errors: kPartial naming the file.
[[nodiscard]] Result<void> replace_text(const std::filesystem::path& path, const std::string& text);

/// One histogram as an HdrHistogram log. Errors: kPartial naming the file.
[[nodiscard]] Result<void> replace_log(const std::filesystem::path& path, const std::string& tag,
                                       const HdrHistogram& histogram, Span span);

}  // namespace hopcost::campaign
