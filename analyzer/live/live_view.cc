#include "analyzer/live/live_view.h"

#include <fmt/format.h>

#include <algorithm>

#include "analyzer/output/report_text.h"

namespace hopcost::analyzer {

namespace {

constexpr std::size_t kLongestTrail = 200;
constexpr std::size_t kFlowsShown = 5;

std::optional<LiveHop::Quantiles> quantiles_of(const LatencyStats& l) {
  if (!l.is_known()) return std::nullopt;
  const auto at = [&](double q) { return l.histogram.value_at_quantile(q); };
  return LiveHop::Quantiles{at(0.5), at(0.99), at(0.999), at(1)};
}

LiveTap tap_of(const TapSummary& now, const TapSummary& total, double interval_s) {
  const TapTally& t = *total.tally;
  return {.name = total.name,
          .regime = std::string(total.regime),
          .seen = t.seen,
          .missing = total.lost,
          .ring_drops = total.ring_drops,
          .duplicates = t.duplicates,
          .reordered = t.reordered,
          .ambiguous = t.ambiguous,
          .per_second = static_cast<double>(now.tally->seen) / interval_s};
}

}  // namespace

LiveSnapshot live_snapshot(const Summary& interval, const Summary& total, double elapsed_s, double interval_s,
                           std::vector<std::deque<std::optional<std::uint64_t>>>& trails) {
  LiveSnapshot s;
  s.elapsed_s = elapsed_s;
  s.interval_s = interval_s;
  s.regime = total.regime;
  s.foreign = total.foreign;
  s.refused = total.refused;
  s.restarts = total.restarts;
  s.evicted = total.evicted;
  s.notes = cpu_lines(total);
  s.matched = total.match != Match::kProbe;
  for (std::size_t i = 0; i < std::min(kFlowsShown, total.matched_flows.size()); ++i) {
    const MatchedFlow& f = total.matched_flows[i];
    s.flows.push_back(fmt::format("{:>12} {}", f.packets, to_string(f.key)));
  }
  const auto now = latency_rows(interval), all = latency_rows(total);
  trails.resize(all.size());
  for (std::size_t i = 0; i < all.size(); ++i) {
    LiveHop hop;
    hop.name = all[i].from + " > " + all[i].to;
    hop.invalid = all[i].invalid;
    hop.cross = cross_text(all[i]);
    hop.per_second = static_cast<double>(now[i].latency->count()) / interval_s;
    if (all[i].latency->negative != 0) hop.negative = negative_text(*all[i].latency);
    hop.now = quantiles_of(*now[i].latency);
    hop.total = quantiles_of(*all[i].latency);
    trails[i].push_back(hop.now ? std::optional(hop.now->p50) : std::nullopt);
    if (trails[i].size() > kLongestTrail) trails[i].pop_front();
    hop.p50_trail = trails[i];
    s.hops.push_back(std::move(hop));
  }
  for (std::size_t i = 0; i < total.taps.size(); ++i)
    s.taps.push_back(tap_of(interval.taps[i], total.taps[i], interval_s));
  return s;
}

Result<LiveView> LiveView::open(std::size_t taps) {
  auto terminal = Terminal::open();
  if (!terminal) return forward(terminal);
  return LiveView(std::move(*terminal), taps);
}

void LiveView::look(Path& path, Clock::time_point now, Clock::time_point start) {
  if (last_ == Clock::time_point{}) last_ = start;
  if (now - last_ < kRedrawEvery) return;
  const auto seconds = [](Clock::duration d) { return std::chrono::duration<double>(d).count(); };
  const auto facts = path.facts();
  const Account& account = *path.account();
  const Tallies passed = intervals_.next(account.tallies());
  const auto snapshot = live_snapshot(account.interval(passed, facts), account.total(facts),
                                      seconds(now - start), seconds(now - last_), trails_);
  last_ = now;
  terminal_.show(draw(snapshot, terminal_.screen()));
}

}  // namespace hopcost::analyzer
