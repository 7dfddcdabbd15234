#include "analyzer/output/interval.h"

#include <fmt/format.h>

#include <algorithm>

#include "analyzer/output/report_text.h"

namespace hopcost::analyzer {

namespace {

/// The hop's tag in the log. The log's format allows neither commas nor blanks in it.
std::string tag_of(const std::string& from, const std::string& to) {
  std::string tag = from + "-" + to;
  std::ranges::replace_if(
      tag, [](char c) { return c == ',' || c == ' ' || c == '\n' || c == '\r' || c == '\t'; }, '_');
  return tag;
}

}  // namespace

std::vector<std::string> interval_lines(const Summary& s, double elapsed_s) {
  std::vector<std::string> lines;
  for (const auto& row : latency_rows(s)) {
    const LatencyStats& l = *row.latency;
    if (!row.invalid.empty()) {
      lines.push_back(fmt::format("{:8.1f} s  {:<24} {}", elapsed_s, row.from + " > " + row.to, row.invalid));
      continue;
    }
    lines.push_back(fmt::format("{:8.1f} s  {:<24} {:>9} {}  p50 {}  p99 {}  max {}", elapsed_s,
                                row.from + " > " + row.to, l.count(), counted(s), quantile_text(l, 0.5),
                                quantile_text(l, 0.99), quantile_text(l, 1.0)));
  }
  return lines;
}

Result<void> log_interval(HlogWriter& writer, const Summary& s, double start_s, double end_s) {
  for (const auto& row : latency_rows(s)) {
    if (!row.invalid.empty()) continue;
    auto written = writer.write(tag_of(row.from, row.to), start_s, end_s, row.latency->histogram);
    if (!written) return written;
  }
  return {};
}

}  // namespace hopcost::analyzer
