#include "analyzer/interval.h"

#include <fmt/format.h>

#include <algorithm>

#include "analyzer/report_text.h"
#include "analyzer/summary.h"

namespace hopcost::analyzer {

namespace {

/// A tag of the log format: no comma, no blank.
std::string tag_of(const std::string& from, const std::string& to) {
  std::string tag = from + "-" + to;
  std::ranges::replace_if(
      tag, [](char c) { return c == ',' || c == ' ' || c == '\n' || c == '\r' || c == '\t'; }, '_');
  return tag;
}

}  // namespace

std::vector<std::string> Intervals::lines(Path& path, double elapsed_s) {
  const auto facts = path.facts();
  const Summary s = summarise(*path.correlator(), facts, 0);
  std::vector<std::string> lines;
  for (const auto& row : latency_rows(s)) {
    const LatencyStats& l = *row.latency;
    if (!row.invalid.empty()) {
      lines.push_back(fmt::format("{:8.1f} s  {:<24} {}", elapsed_s, row.from + " > " + row.to, row.invalid));
      continue;
    }
    lines.push_back(fmt::format("{:8.1f} s  {:<24} {:>9} probes  p50 {}  p99 {}  max {}", elapsed_s,
                                row.from + " > " + row.to, l.count(), quantile_text(l, 0.5),
                                quantile_text(l, 0.99), quantile_text(l, 1.0)));
  }
  return lines;
}

Result<void> Intervals::log(HlogWriter& writer, Path& path, double start_s, double end_s) {
  const auto facts = path.facts();
  const Summary s = summarise(*path.correlator(), facts, 0);
  for (const auto& row : latency_rows(s)) {
    if (!row.invalid.empty()) continue;
    auto written = writer.write(tag_of(row.from, row.to), start_s, end_s, row.latency->histogram);
    if (!written) return written;
  }
  return {};
}

void Intervals::roll(Correlator& correlator) {
  for (std::size_t i = 0; i < since_tx_.size(); ++i) {
    since_tx_[i].add(correlator.tap(i).since_tx);
    correlator.tap(i).since_tx.reset();
  }
  for (std::size_t i = 0; i < hops_.size(); ++i) {
    hops_[i].add(correlator.hop(i).latency);
    stale_[i] += correlator.hop(i).stale;
    correlator.hop(i).latency.reset();
    correlator.hop(i).stale = 0;
  }
}

void Intervals::restore(Correlator& correlator) {
  roll(correlator);
  for (std::size_t i = 0; i < since_tx_.size(); ++i) correlator.tap(i).since_tx = since_tx_[i];
  for (std::size_t i = 0; i < hops_.size(); ++i) {
    correlator.hop(i).latency = hops_[i];
    correlator.hop(i).stale = stale_[i];
  }
}

}  // namespace hopcost::analyzer
