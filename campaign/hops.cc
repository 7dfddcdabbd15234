#include "campaign/hops.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "campaign/contrasts.h"

namespace hopcost::campaign {
namespace {

double mean(const std::vector<double>& v) {
  return v.empty() ? 0 : std::reduce(v.begin(), v.end()) / static_cast<double>(v.size());
}

BlockTable::Statistic hop_mean(std::size_t hop) {
  return [hop](const SlotResult& s) { return s.hops[hop].times.trimmed_mean(kTrim); };
}

/// A path with a single tap is given a twin of it in hop slots: then hop 1 is the cost of a tap, and the
/// whole path is one hop, from the transmit stamp to the end.
bool single(const MeasuredPath& path) {
  return path.tap_directions.size() == 1;
}

Hop whole_path(const BlockTable& table, std::size_t path, const std::vector<const SlotResult*>& slots,
               double tap_cost) {
  Hop hop;
  hop.from = "tx";
  hop.to = slots.front()->taps.back().name;
  const auto series = table.series(path, SlotKind::kHop, mean_of);
  hop.blocks = series.size();
  hop.raw_mean_ns = mean(series);
  hop.tap_cost_ns = tap_cost;
  const Estimate e = over_blocks(series);
  hop.ci95 = {e.ci95.lo - tap_cost, e.ci95.hi - tap_cost};
  hop.known = e.known;
  for (const SlotResult* s : slots) (void)hop.times.merge(s->end_to_end);
  return hop;
}

Hop one_hop(const BlockTable& table, std::size_t path, const std::vector<const SlotResult*>& slots,
            std::size_t index, double tap_cost) {
  Hop hop;
  hop.from = slots.front()->hops[index].from;
  hop.to = slots.front()->hops[index].to;
  const auto series = table.series(path, SlotKind::kHop, hop_mean(index));
  hop.blocks = series.size();
  hop.raw_mean_ns = mean(series);
  hop.tap_cost_ns = tap_cost;
  const Estimate e = over_blocks(series);
  hop.ci95 = {e.ci95.lo - tap_cost, e.ci95.hi - tap_cost};
  hop.known = e.known;
  for (const SlotResult* s : slots) {
    (void)hop.times.merge(s->hops[index].times);
    if (hop.invalid.empty()) hop.invalid = s->hops[index].invalid;
  }
  return hop;
}

/// Block by block: unwatched end-to-end mean, less the watched one with its taps' cost taken off.
Closure close_sum(const BlockTable& table, std::size_t path, const std::vector<Hop>& hops,
                  const Figures& figures) {
  Closure closure;
  double tap_cost = 0;
  for (const Hop& h : hops) {
    closure.hop_sum_ns += h.mean_ns();
    tap_cost += h.tap_cost_ns;
  }
  closure.end_to_end_mean_ns = mean(table.series(path, SlotKind::kEnd, mean_of));
  std::vector<double> gaps;
  for (std::uint32_t b = 0; b < table.blocks(); ++b) {
    const auto whole = table.in_block(path, SlotKind::kEnd, b, mean_of);
    const auto watched = table.in_block(path, SlotKind::kHop, b, mean_of);
    if (whole && watched) gaps.push_back(*whole - (*watched - tap_cost));
  }
  const Estimate e = over_blocks(gaps);
  // The intervals of the taps that were taken off widen this one: they are of the same run, but of other
  // slots. One estimate taken off twice is off twice by the same.
  double in = 0, out = 0;
  for (const Hop& h : hops) (h.tap_is_out ? out : in) += h.tap_cost_ns == 0 ? 0 : 1;
  const auto half = [](const Estimate& t) { return t.known ? t.ci95.half_width() : 0.0; };
  const double width =
      std::hypot(e.ci95.half_width(), in * half(figures.tap_in), out * half(figures.tap_out));
  closure.unexplained = {
      closure.end_to_end_mean_ns - closure.hop_sum_ns, {e.value - width, e.value + width}, e.known};
  return closure;
}

}  // namespace

void measure_tap_cost(const BlockTable& table, const std::vector<MeasuredPath>& paths, Figures& figures) {
  for (std::size_t p = 0; p < paths.size(); ++p) {
    if (single(paths[p]) && !figures.tap_in.known)
      figures.tap_in = over_blocks(table.series(p, SlotKind::kHop, hop_mean(1)));
    std::vector<double> extra;
    for (std::uint32_t b = 0; b < table.blocks(); ++b) {
      const auto with = table.in_block(p, SlotKind::kTapCost, b, mean_of);
      const auto without = table.in_block(p, SlotKind::kEnd, b, mean_of);
      if (with && without) extra.push_back(*with - *without);
    }
    if (!extra.empty()) figures.tap_out = over_blocks(extra);
  }
}

void explain(const BlockTable& table, std::size_t path, const Figures& figures, ModeFigures& mode) {
  const auto slots = table.counted(path, SlotKind::kHop);
  if (slots.empty()) return;
  if (single(mode.path)) {
    mode.hops.push_back(whole_path(table, path, slots, figures.tap_in.value));
  } else {
    for (std::size_t i = 0; i < slots.front()->hops.size(); ++i) {
      const bool out = mode.path.tap_directions[i] == "out";
      const double cost = i == 0 ? 0 : out ? figures.tap_out.value : figures.tap_in.value;
      mode.hops.push_back(one_hop(table, path, slots, i, cost));
      mode.hops.back().tap_is_out = out;
    }
  }
  for (Hop& h : mode.hops) {
    const bool first = &h == &mode.hops.front() && !single(mode.path);
    if (!first && h.tap_cost_ns == 0 && h.invalid.empty())
      h.invalid = "what watching it costs could not be measured";
  }
  const bool whole =
      std::ranges::all_of(mode.hops, [](const Hop& h) { return h.blocks > 0 && h.invalid.empty(); });
  if (whole) mode.closure = close_sum(table, path, mode.hops, figures);
}

}  // namespace hopcost::campaign
