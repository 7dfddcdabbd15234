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

/// Whether the hop is from a tap to its twin behind it: no hop of the path, but what a tap costs.
bool is_tap_cost(const HopTimes& hop) {
  return hop.from == twin_of(hop.to);
}

/// A twin stands for its point.
std::string point_of(const std::string& tap) {
  const std::string twin = twin_of("");
  return tap.ends_with(twin) ? tap.substr(0, tap.size() - twin.size()) : tap;
}

const MeasuredPoint* point_named(const MeasuredPath& path, const std::string& name) {
  const auto at = std::ranges::find(path.points, name, &MeasuredPoint::name);
  return at == path.points.end() ? nullptr : &*at;
}

Hop one_hop(const BlockTable& table, std::size_t path, const std::vector<const SlotResult*>& slots,
            std::size_t index) {
  Hop hop;
  hop.from = point_of(slots.front()->hops[index].from);
  hop.to = point_of(slots.front()->hops[index].to);
  const auto series = table.series(path, SlotKind::kHop, hop_mean(index));
  hop.blocks = series.size();
  hop.raw_mean_ns = mean(series);
  const Estimate e = over_blocks(series);
  hop.ci95 = e.ci95;
  hop.known = e.known;
  for (const SlotResult* s : slots) {
    (void)hop.times.merge(s->hops[index].times);
    if (hop.invalid.empty()) hop.invalid = s->hops[index].invalid;
  }
  return hop;
}

/// Takes off what the tap at the hop's end costs, or the one at its beginning when taps read the clock first.
void take_off_tap(const MeasuredPath& path, const Figures& figures, Hop& hop) {
  if (hop.from == "tx") return;
  const MeasuredPoint* const tap = point_named(path, path.stamp_first ? hop.from : hop.to);
  hop.tap_is_out = tap != nullptr && tap->out;
  hop.tap_cost_ns = (hop.tap_is_out ? figures.tap_out : figures.tap_in).value;
  hop.ci95 = {hop.ci95.lo - hop.tap_cost_ns, hop.ci95.hi - hop.tap_cost_ns};
  if (hop.tap_cost_ns == 0 && hop.invalid.empty())
    hop.invalid = "what watching it costs could not be measured";
}

/// Block by block: unwatched end-to-end mean, less the watched one with its taps' cost taken off. `twins` are
/// the hops that are the cost of a tap.
Closure close_sum(const BlockTable& table, std::size_t path, const std::vector<Hop>& hops,
                  const std::vector<std::size_t>& twins, const Figures& figures) {
  Closure closure;
  double tap_cost = 0;
  for (const Hop& h : hops) {
    closure.hop_sum_ns += h.mean_ns();
    tap_cost += h.tap_cost_ns;
  }
  closure.end_to_end_mean_ns = mean(table.series(path, SlotKind::kEnd, mean_of));
  const auto watched_mean = [&](const SlotResult& s) {
    double ns = mean_of(s);
    for (const std::size_t t : twins) ns -= hop_mean(t)(s);
    return ns;
  };
  std::vector<double> gaps;
  for (std::uint32_t b = 0; b < table.blocks(); ++b) {
    const auto whole = table.in_block(path, SlotKind::kEnd, b, mean_of);
    const auto watched = table.in_block(path, SlotKind::kHop, b, watched_mean);
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

/// The time between a tap and its twin.
void measure_twins(const BlockTable& table, const MeasuredPath& path, std::size_t index, Figures& figures) {
  const auto slots = table.counted(index, SlotKind::kHop);
  if (slots.empty()) return;
  const auto& hops = slots.front()->hops;
  for (std::size_t h = 0; h < hops.size(); ++h) {
    if (!is_tap_cost(hops[h])) continue;
    const MeasuredPoint* const point = point_named(path, hops[h].to);
    const bool out = point != nullptr && point->out;
    (out ? figures.tap_out : figures.tap_in) = over_blocks(table.series(index, SlotKind::kHop, hop_mean(h)));
  }
}

}  // namespace

void measure_tap_cost(const BlockTable& table, const std::vector<MeasuredPath>& paths, Figures& figures) {
  for (std::size_t p = 0; p < paths.size(); ++p) {
    measure_twins(table, paths[p], p, figures);
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
  std::vector<std::size_t> twins;
  for (std::size_t i = 0; i < slots.front()->hops.size(); ++i) {
    if (is_tap_cost(slots.front()->hops[i])) {
      twins.push_back(i);
      continue;
    }
    mode.hops.push_back(one_hop(table, path, slots, i));
    take_off_tap(mode.path, figures, mode.hops.back());
  }
  const bool whole =
      std::ranges::all_of(mode.hops, [](const Hop& h) { return h.blocks > 0 && h.invalid.empty(); });
  if (whole) mode.closure = close_sum(table, path, mode.hops, twins, figures);
}

}  // namespace hopcost::campaign
