#include "analyzer/offline/capture_intervals.h"

#include <algorithm>
#include <utility>

#include "analyzer/output/interval.h"
#include "base/log.h"

namespace hopcost::analyzer {
namespace {

double seconds(std::uint64_t ns) {
  return static_cast<double>(ns) / 1e9;
}

}  // namespace

Result<CaptureIntervals> CaptureIntervals::open(const Config& config, std::vector<TapFacts> taps) {
  std::optional<HlogWriter> log;
  if (!config.hdr_log.empty()) {
    auto made = HlogWriter::create(config.hdr_log);
    if (!made) return forward(made);
    log.emplace(std::move(*made));
  }
  return CaptureIntervals(config, std::move(taps), std::move(log));
}

CaptureIntervals::CaptureIntervals(const Config& config, std::vector<TapFacts> taps,
                                   std::optional<HlogWriter> log)
    : taps_(std::move(taps)),
      log_(std::move(log)),
      interval_ns_(config.interval ? static_cast<std::uint64_t>(config.interval->count()) : 0),
      print_(config.interval && !config.quiet && !config.json),
      intervals_(taps_.size()) {}

/// Keeps the fault of the log, if `result` is one, and gives the log up.
void CaptureIntervals::note(Result<void> result) {
  if (result) return;
  trouble_ = std::move(result);
  log_.reset();
}

void CaptureIntervals::before(std::uint64_t ns, Account& account) {
  if (!wanted()) return;
  if (!std::exchange(begun_, true)) {
    first_ns_ = begin_ns_ = ns;
    if (log_) note(log_->begin(seconds(ns)));
  }
  latest_ns_ = std::max(latest_ns_, ns);
  if (interval_ns_ == 0 || ns < begin_ns_ || ns - begin_ns_ < interval_ns_) return;
  end_interval(begin_ns_ + interval_ns_, account);
  begin_ns_ += (ns - begin_ns_) / interval_ns_ * interval_ns_;
}

void CaptureIntervals::end_interval(std::uint64_t end_ns, Account& account) {
  account.settle(end_ns);
  const Tallies passed = intervals_.next(account.tallies());
  const Summary summary = account.interval(passed, taps_);
  if (log_) note(log_interval(*log_, summary, seconds(begin_ns_), seconds(end_ns)));
  if (!print_) return;
  for (const auto& line : interval_lines(summary, seconds(end_ns - first_ns_)))
    (void)print_to(stdout, line + "\n");
}

Result<void> CaptureIntervals::finish(Account& account) {
  if (begun_) end_interval(std::max(latest_ns_, begin_ns_), account);
  if (log_ && !begun_) note(log_->begin(0));
  if (log_) note(log_->close());
  return trouble_;
}

}  // namespace hopcost::analyzer
