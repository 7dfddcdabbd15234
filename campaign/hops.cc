#include "campaign/hops.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>

#include "campaign/contrasts.h"

namespace hopcost::campaign {
namespace {

double mean(const std::vector<double>& v) {
  return v.empty() ? 0 : std::reduce(v.begin(), v.end()) / static_cast<double>(v.size());
}

BlockTable::Statistic hop_mean(std::size_t hop) {
  return [hop](const SlotResult& s) { return s.hops[hop].times.trimmed_mean(kTrim); };
}

/// From a tap to its twin behind it: no hop of the path.
bool is_to_its_twin(const HopTimes& hop) {
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
    (void)hop.cross_times.merge(s->hops[index].cross_times);
    hop.cpu.add(s->hops[index].cpu);
    hop.part = s->hops[index].part;
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

/// How many taps more than in end slots are open in a path's hop slots.
struct ExtraTaps {
  double in = 0, out = 0;
};

ExtraTaps extra_taps(const MeasuredPath& path, const SlotResult& slot) {
  ExtraTaps extra;
  for (std::size_t i = 0; i + 1 < slot.taps.size(); ++i) {
    const MeasuredPoint* const point = point_named(path, point_of(slot.taps[i].name));
    ++(point != nullptr && point->out ? extra.out : extra.in);
  }
  return extra;
}

/// Block by block: unwatched end-to-end mean, less the watched one with its taps' cost taken off.
Closure close_sum(const BlockTable& table, std::size_t path, const std::vector<Hop>& hops,
                  const ExtraTaps& extra, const Figures& figures) {
  Closure closure;
  for (const Hop& h : hops) closure.hop_sum_ns += h.mean_ns();
  closure.end_to_end_mean_ns = mean(table.series(path, SlotKind::kEnd, mean_of));
  const double tap_cost = extra.in * figures.tap_in.value + extra.out * figures.tap_out.value;
  std::vector<double> gaps;
  for (std::uint32_t b = 0; b < table.blocks(); ++b) {
    const auto whole = table.in_block(path, SlotKind::kEnd, b, mean_of);
    const auto watched = table.in_block(path, SlotKind::kHop, b, mean_of);
    if (whole && watched) gaps.push_back(*whole - (*watched - tap_cost));
  }
  const Estimate e = over_blocks(gaps);
  // The intervals of the taps that were taken off widen this one. One estimate taken off twice is off twice
  // by the same.
  const auto half = [](const Estimate& t) { return t.known ? t.ci95.half_width() : 0.0; };
  const double width =
      std::hypot(e.ci95.half_width(), extra.in * half(figures.tap_in), extra.out * half(figures.tap_out));
  closure.unexplained = {
      closure.end_to_end_mean_ns - closure.hop_sum_ns, {e.value - width, e.value + width}, e.known};
  return closure;
}

/// Least squares of slow-down = in * taps.in + out * taps.out over the paths of one block.
class TapFit {
 public:
  void add(const ExtraTaps& taps, double slow_down) {
    ii_ += taps.in * taps.in;
    io_ += taps.in * taps.out;
    oo_ += taps.out * taps.out;
    iy_ += taps.in * slow_down;
    oy_ += taps.out * slow_down;
  }
  /// Nothing for a kind of tap that can't be told from the other, or was not open.
  struct Solution {
    std::optional<double> in, out;
  };
  [[nodiscard]] Solution solve() const {
    const double determinant = ii_ * oo_ - io_ * io_;
    if (determinant > 0)
      return {(iy_ * oo_ - oy_ * io_) / determinant, (oy_ * ii_ - iy_ * io_) / determinant};
    if (ii_ > 0 && oo_ == 0) return {iy_ / ii_, {}};
    if (oo_ > 0 && ii_ == 0) return {{}, oy_ / oo_};
    return {};
  }

 private:
  double ii_ = 0, io_ = 0, oo_ = 0, iy_ = 0, oy_ = 0;
};

}  // namespace

void measure_tap_cost(const BlockTable& table, const std::vector<MeasuredPath>& paths, Figures& figures) {
  std::vector<double> in, out;
  for (std::uint32_t b = 0; b < table.blocks(); ++b) {
    TapFit fit;
    for (std::size_t p = 0; p < paths.size(); ++p) {
      const auto with = table.in_block(p, SlotKind::kHop, b, median_of);
      const auto without = table.in_block(p, SlotKind::kEnd, b, median_of);
      if (with && without)
        fit.add(extra_taps(paths[p], *table.counted(p, SlotKind::kHop, b).front()), *with - *without);
    }
    const auto solution = fit.solve();
    if (solution.in) in.push_back(*solution.in);
    if (solution.out) out.push_back(*solution.out);
  }
  figures.tap_in = over_blocks(in);
  figures.tap_out = over_blocks(out);
}

void explain(const BlockTable& table, std::size_t path, const Figures& figures, ModeFigures& mode) {
  const auto slots = table.counted(path, SlotKind::kHop);
  if (slots.empty()) return;
  for (std::size_t i = 0; i < slots.front()->hops.size(); ++i) {
    if (is_to_its_twin(slots.front()->hops[i])) continue;
    mode.hops.push_back(one_hop(table, path, slots, i));
    take_off_tap(mode.path, figures, mode.hops.back());
  }
  const bool whole =
      std::ranges::all_of(mode.hops, [](const Hop& h) { return h.blocks > 0 && h.invalid.empty(); });
  if (whole) mode.closure = close_sum(table, path, mode.hops, extra_taps(mode.path, *slots.front()), figures);
}

}  // namespace hopcost::campaign
