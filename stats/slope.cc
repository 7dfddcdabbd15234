#include "stats/slope.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "stats/sorted.h"

namespace hopcost {
namespace {

/// A line through moments, and the weight that each had: figure = at + slope (over - middle).
struct Line {
  double at = 0, middle = 0, slope = 0;
  double expected = 0;  // its weighted mean
  double together = 0;  // weighted sum of (expected - its mean) (over - middle)
  double unbent = 0;    // the same over the moments whose weight Huber left as it was
  std::vector<double> residuals, weights;
};

void fit(std::span<const Moment> moments, Line& line) {
  double w = 0, z = 0, x = 0, y = 0, zx = 0, zy = 0;
  for (std::size_t i = 0; i < moments.size(); ++i) {
    w += line.weights[i];
    z += line.weights[i] * moments[i].expected;
    x += line.weights[i] * moments[i].over;
    y += line.weights[i] * moments[i].figure;
  }
  line.expected = z / w;
  line.middle = x / w;
  line.at = y / w;
  for (std::size_t i = 0; i < moments.size(); ++i) {
    const double dz = line.weights[i] * (moments[i].expected - line.expected);
    zx += dz * (moments[i].over - line.middle);
    zy += dz * (moments[i].figure - line.at);
  }
  line.together = zx;
  line.slope = zx > 0 ? zy / zx : 0;
  for (std::size_t i = 0; i < moments.size(); ++i)
    line.residuals[i] = moments[i].figure - line.at - line.slope * (moments[i].over - line.middle);
}

/// Huber's weights: 1 up to 1.345 SDs, which keeps 95 % of the efficiency for normal scatter.
Line robust_line(std::span<const Moment> moments) {
  constexpr double kBend = 1.345;
  constexpr int kRounds = 10;
  constexpr double kNear = 1e-3;
  Line line;
  line.residuals.resize(moments.size());
  for (const Moment& m : moments) line.weights.push_back(m.weight);
  std::vector<double> alike(moments.size());  // residuals, as they would be if all figures were as exact
  fit(moments, line);
  for (int round = 0; round < kRounds; ++round) {
    for (std::size_t i = 0; i < moments.size(); ++i)
      alike[i] = std::sqrt(moments[i].weight) * line.residuals[i];
    const double before = line.slope, bend = kBend * sd_by_quartiles(alike);
    if (bend == 0) break;  // over half are on the line
    for (std::size_t i = 0; i < moments.size(); ++i) {
      const double off = std::abs(alike[i]);
      line.weights[i] = moments[i].weight * (off <= bend ? 1 : bend / off);
    }
    fit(moments, line);
    if (std::abs(line.slope - before) <= kNear * std::abs(line.slope)) break;
  }
  for (std::size_t i = 0; i < moments.size(); ++i) {
    if (line.weights[i] == moments[i].weight)
      line.unbent +=
          moments[i].weight * (moments[i].expected - line.expected) * (moments[i].over - line.middle);
  }
  return line;
}

/// By build: how far its moments' residuals have moved the slope.
std::vector<double> pulls_on(std::span<const Moment> moments, const Line& line, std::size_t builds) {
  std::vector<double> pulls(builds);
  for (std::size_t i = 0; i < moments.size(); ++i)
    pulls[moments[i].build] +=
        line.weights[i] * (moments[i].expected - line.expected) * line.residuals[i] / line.unbent;
  return pulls;
}

/// Standard error of the slope, clustered by build: moments of one build may be correlated (Liang, Zeger,
/// 1986). `builds` that have a figure: at least two.
double clustered_error(const std::vector<double>& pulls, double builds) {
  double sum = 0;
  for (const double pull : pulls) sum += pull * pull;
  return std::sqrt(sum * builds / (builds - 1));
}

/// Moments when the CPU was about as slow, and how far their figures scatter.
struct Slice {
  std::span<const std::size_t> moments;
  double figures = 0;  // how many are finite
  double scatter = 0;
};

/// Slices of about as many moments each, sorted by slowness; moments of equal slowness stay together. One has
/// at least 8 finite figures, or is the only one.
std::vector<Slice> slices_of(std::span<const Moment> moments, std::span<const std::size_t> order,
                             std::size_t n, double slope) {
  constexpr std::size_t kLeastFigures = 8;
  std::vector<Slice> slices;
  std::vector<double> figures;
  std::size_t begin = 0, at = 0;
  for (std::size_t g = 1; g <= n; ++g) {
    const std::size_t until = g * order.size() / n;
    for (;
         at < order.size() && (at < until || moments[order[at]].expected == moments[order[at - 1]].expected);
         ++at) {
      const Moment& m = moments[order[at]];
      if (std::isfinite(m.figure)) figures.push_back(m.figure - slope * m.over);
    }
    const bool last = at == order.size();
    if (at == begin || (figures.size() < kLeastFigures && !(last && slices.empty()))) continue;
    slices.push_back({order.subspan(begin, at - begin), static_cast<double>(figures.size()),
                      figures.empty() ? 0 : sd_by_quartiles(figures)});
    figures.clear();
    begin = at;
  }
  if (begin < at) {  // too few figures for a slice of their own, or to change the scatter of this one
    Slice& slice = slices.back();
    slice.moments = order.subspan(begin - slice.moments.size(), slice.moments.size() + at - begin);
  }
  return slices;
}

/// Pools neighbours until scatter never falls from one slice to the next.
void make_ascending(std::vector<Slice>& slices) {
  struct Pool {
    double figures, scatter;
    std::size_t slices;
  };
  std::vector<Pool> pools;
  for (const Slice& slice : slices) {
    pools.push_back({slice.figures, slice.scatter, 1});
    while (pools.size() > 1 && pools[pools.size() - 2].scatter > pools.back().scatter) {
      const Pool last = pools.back();
      pools.pop_back();
      Pool& pool = pools.back();
      const double figures = pool.figures + last.figures;
      pool.scatter = (pool.figures * pool.scatter + last.figures * last.scatter) / figures;
      pool.figures = figures;
      pool.slices += last.slices;
    }
  }
  std::size_t i = 0;
  for (const Pool& pool : pools) {
    for (std::size_t n = 0; n < pool.slices; ++n) slices[i++].scatter = pool.scatter;
  }
}

}  // namespace

Slope slope_of(std::span<const Moment> moments, std::size_t builds, Interval range) {
  constexpr std::ptrdiff_t kLeastBuilds = 3;
  const Slope before{(range.lo + range.hi) / 2, (range.hi - range.lo) / std::sqrt(12.0), {}};  // uniform
  if (before.error == 0) return before;
  std::vector<Moment> finite;
  std::vector<bool> having(builds);
  for (const Moment& m : moments) {
    if (!std::isfinite(m.figure)) continue;
    finite.push_back(m);
    having[m.build] = true;
  }
  const auto n = std::ranges::count(having, true);
  if (n < kLeastBuilds) return before;
  const auto [least, most] = std::ranges::minmax(finite, {}, &Moment::expected);
  if (least.expected == most.expected) return before;
  const Line line = robust_line(finite);
  if (!(line.together > 0 && line.unbent > 0)) return before;
  std::vector<double> pulls = pulls_on(finite, line, builds);
  const double error = clustered_error(pulls, static_cast<double>(n));
  if (error == 0) return {std::clamp(line.slope, range.lo, range.hi), 0, {}};
  const double weight = 1 / (error * error), known = 1 / (before.error * before.error);
  const double both = (weight * line.slope + known * before.value) / (weight + known);
  for (double& pull : pulls) pull *= weight / (weight + known);
  if (both < range.lo || both > range.hi) pulls.clear();
  return {std::clamp(both, range.lo, range.hi), 1 / std::sqrt(weight + known), std::move(pulls)};
}

void weigh(std::span<Moment> moments, double slope) {
  constexpr std::size_t kLeastMoments = 60, kMostSlices = 12;
  constexpr double kLeastScatter = 0.25;  // of the middle one
  for (Moment& m : moments) m.weight = 1;
  const std::size_t n = std::min(moments.size() / kLeastMoments, kMostSlices);
  if (n < 2) return;
  std::vector<std::size_t> order(moments.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return moments[i].expected; });
  std::vector<Slice> slices = slices_of(moments, order, n, slope);
  make_ascending(slices);
  std::vector<double> scatter;
  for (const Slice& slice : slices) scatter.push_back(slice.scatter);
  const double middle = median_of(std::move(scatter));
  if (!(middle > 0)) return;  // over half of the figures are equal
  for (const Slice& slice : slices) {
    const double own = std::max(slice.scatter / middle, kLeastScatter);
    for (const std::size_t i : slice.moments) moments[i].weight = 1 / (own * own);
  }
}

Scattering scatter_by(std::span<const double> slowness, std::span<const double> distances) {
  constexpr double kFar = 5, kLeast = 0.25;
  const double most = kFar * median_of({distances.begin(), distances.end()});
  const double n = static_cast<double>(distances.size());
  double mean_x = 0, mean = 0, xx = 0, xy = 0;
  for (std::size_t i = 0; i < slowness.size(); ++i) {
    mean_x += slowness[i] / n;
    mean += std::min(distances[i], most) / n;
  }
  for (std::size_t i = 0; i < slowness.size(); ++i) {
    xx += (slowness[i] - mean_x) * (slowness[i] - mean_x);
    xy += (slowness[i] - mean_x) * (std::min(distances[i], most) - mean);
  }
  if (!(xy > 0)) return {mean, 0, mean};
  return {mean - xy / xx * mean_x, xy / xx, kLeast * mean};
}

}  // namespace hopcost
