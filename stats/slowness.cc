#include "stats/slowness.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "stats/sorted.h"

namespace hopcost {
namespace {

constexpr double kFastest = 0.05;   // of the moments, fastest first
constexpr double kTooFarApart = 4;  // SDs of noise

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return quantile_of_sorted(values, 0.5);
}

double sd_by_quartiles(std::vector<double> values) {
  const auto n = static_cast<std::ptrdiff_t>(values.size());
  const auto lower = values.begin() + n / 4, upper = values.begin() + (n - 1) - n / 4;
  std::ranges::nth_element(values, upper);
  const double high = *upper;
  std::nth_element(values.begin(), lower, upper);
  return (high - *lower) / kIqrOfSd;
}

double mean_of(std::span<const double> values) {
  double mean = 0;
  for (const double v : values) mean += v / static_cast<double>(values.size());
  return mean;
}

double mean_square(std::span<const double> values, double around) {
  double squares = 0;
  for (const double v : values) squares += (v - around) * (v - around);
  return squares / static_cast<double>(values.size());
}

/// The moments whose two readings are near enough to show the CPU's speed: the readings' means and
/// differences, and which moments they are.
struct Told {
  std::vector<double> means, differences;
  std::vector<std::pair<std::size_t, std::size_t>> places;  // build, moment
};

Told told_by(std::span<const Readings> builds) {
  Told all;
  for (std::size_t b = 0; b < builds.size(); ++b) {
    const auto& [one, two] = builds[b];
    for (std::size_t i = 0; i < one.size(); ++i) {
      if (!std::isfinite(one[i]) || !std::isfinite(two[i])) continue;
      all.means.push_back((one[i] + two[i]) / 2);
      all.differences.push_back(one[i] - two[i]);
      all.places.emplace_back(b, i);
    }
  }
  if (all.means.empty()) return all;
  const double middle = median(all.differences), most = kTooFarApart * sd_by_quartiles(all.differences);
  Told told;
  for (std::size_t i = 0; i < all.means.size(); ++i) {
    if (std::abs(all.differences[i] - middle) > most) continue;
    told.means.push_back(all.means[i]);
    told.differences.push_back(all.differences[i]);
    told.places.push_back(all.places[i]);
  }
  return told;
}

/// Climbs from the fastest twentieth of the moments to the nearest cluster: goes to the median of the moments
/// within noise of where it is, until that no longer moves.
double fast_peak(std::vector<double> moments, double noise) {
  constexpr double kNear = 2;  // SDs of noise
  constexpr int kMostSteps = 100;
  std::ranges::sort(moments);
  double at = moments[static_cast<std::size_t>(kFastest * static_cast<double>(moments.size() - 1))];
  for (int step = 0; step < kMostSteps; ++step) {
    const auto from = std::ranges::lower_bound(moments, at - kNear * noise),
               to = std::ranges::upper_bound(moments, at + kNear * noise);
    if (from == to) break;  // it lies between two moments, each further away than noise
    const double next = quantile_of_sorted({from, to}, 0.5);
    if (next == at) break;
    at = next;
  }
  return at;
}

/// Replaces NaN, which stands for a moment without a usable reading.
void fill_gaps(Slowness& s) {
  for (auto& build : s.over) {
    std::vector<double> known;
    std::ranges::copy_if(build, std::back_inserter(known), [](double t) { return !std::isnan(t); });
    const double instead = known.empty() ? s.middle - s.undisturbed : median(std::move(known));
    std::ranges::replace_if(
        build, [](double t) { return std::isnan(t); }, instead);
  }
}

/// The moments with a finite figure: x is the slowness, y the figure.
struct Points {
  std::vector<double> x, y, exactness;
  std::vector<std::size_t> build;
};

Points points_of(std::span<const std::vector<double>> figures, const Slowness& slowness,
                 std::span<const double> exactness) {
  Points p;
  for (std::size_t b = 0; b < figures.size(); ++b) {
    for (std::size_t i = 0; i < figures[b].size(); ++i) {
      if (!std::isfinite(figures[b][i])) continue;
      p.x.push_back(slowness.over[b][i]);
      p.y.push_back(figures[b][i]);
      p.exactness.push_back(exactness.empty() ? 1 : exactness[b]);
      p.build.push_back(b);
    }
  }
  return p;
}

/// A line through points, and the weight that each had: y = at + slope (x - middle).
struct Line {
  double at = 0, middle = 0, slope = 0;
  double unbent = 0;  // weighted sum of (x - middle)^2 over the points whose weight Huber left as it was
  std::vector<double> residuals, weights;
};

void fit(const Points& p, Line& line) {
  double w = 0, x = 0, y = 0, xx = 0, xy = 0;
  for (std::size_t i = 0; i < p.x.size(); ++i) {
    w += line.weights[i];
    x += line.weights[i] * p.x[i];
    y += line.weights[i] * p.y[i];
  }
  line.middle = x / w;
  line.at = y / w;
  for (std::size_t i = 0; i < p.x.size(); ++i) {
    const double dx = p.x[i] - line.middle;
    xx += line.weights[i] * dx * dx;
    xy += line.weights[i] * dx * (p.y[i] - line.at);
  }
  line.slope = xx > 0 ? xy / xx : 0;
  for (std::size_t i = 0; i < p.x.size(); ++i)
    line.residuals[i] = p.y[i] - line.at - line.slope * (p.x[i] - line.middle);
}

/// Huber's weights: 1 up to 1.345 SDs, which keeps 95 % of the efficiency for normal scatter.
Line robust_line(const Points& p) {
  constexpr double kBend = 1.345;
  constexpr int kRounds = 10;
  constexpr double kNear = 1e-3;
  Line line;
  line.residuals.resize(p.x.size());
  std::vector<double> exact;  // the weights without Huber's
  for (const double e : p.exactness) exact.push_back(e * e);
  line.weights = exact;
  std::vector<double> alike(p.x.size());  // residuals, as they would be if all figures were as exact
  fit(p, line);
  for (int round = 0; round < kRounds; ++round) {
    for (std::size_t i = 0; i < p.x.size(); ++i) alike[i] = p.exactness[i] * line.residuals[i];
    const double before = line.slope, bend = kBend * sd_by_quartiles(alike);
    for (std::size_t i = 0; i < p.x.size(); ++i) {
      const double off = std::abs(alike[i]);
      line.weights[i] = exact[i] * (off <= bend ? 1 : bend / off);
    }
    fit(p, line);
    if (std::abs(line.slope - before) <= kNear * std::abs(line.slope)) break;
  }
  for (std::size_t i = 0; i < p.x.size(); ++i) {
    if (line.weights[i] == exact[i])
      line.unbent += exact[i] * (p.x[i] - line.middle) * (p.x[i] - line.middle);
  }
  return line;
}

/// By build: how far its points' residuals have moved the slope.
std::vector<double> pulls_on(const Points& p, const Line& line, std::size_t builds) {
  std::vector<double> pulls(builds);
  for (std::size_t i = 0; i < p.x.size(); ++i)
    pulls[p.build[i]] += line.weights[i] * (p.x[i] - line.middle) * line.residuals[i] / line.unbent;
  return pulls;
}

/// Standard error of the slope, clustered by build: moments of one build may be correlated (Liang, Zeger,
/// 1986). `builds` that have a figure: at least two.
double clustered_error(const std::vector<double>& pulls, double builds) {
  double sum = 0;
  for (const double pull : pulls) sum += pull * pull;
  return std::sqrt(sum * builds / (builds - 1));
}

}  // namespace

Slowness slowness_of(std::span<const Readings> builds) {
  Slowness s;
  for (const Readings& r : builds) s.over.emplace_back(r.one.size(), std::nan(""));
  Told told = told_by(builds);
  if (!told.means.empty()) {
    const double noise = mean_square(told.differences, median(told.differences)) / 4;
    s.middle = median(told.means);
    const double mean = mean_of(told.means), all = mean_square(told.means, mean);
    const double of_speed = all > 0 ? std::max(0.0, 1 - noise / all) : 0;
    s.undisturbed = std::min(s.middle, fast_peak(told.means, std::sqrt(noise)));
    for (std::size_t i = 0; i < told.means.size(); ++i) {
      const auto [build, moment] = told.places[i];
      s.over[build][moment] = mean + (told.means[i] - mean) * of_speed - s.undisturbed;
    }
  }
  fill_gaps(s);
  return s;
}

Slope slope_of(std::span<const std::vector<double>> figures, const Slowness& slowness, Interval range,
               std::span<const double> exactness) {
  constexpr std::size_t kLeastBuilds = 3;
  const Slope before{(range.lo + range.hi) / 2, (range.hi - range.lo) / std::sqrt(12.0), {}};  // uniform
  const Points p = points_of(figures, slowness, exactness);
  const std::set<std::size_t> builds(p.build.begin(), p.build.end());
  if (before.error == 0 || builds.size() < kLeastBuilds) return before;
  const Line line = robust_line(p);
  if (!(line.unbent > 0)) return before;
  std::vector<double> pulls = pulls_on(p, line, figures.size());
  const double error = clustered_error(pulls, static_cast<double>(builds.size()));
  if (error == 0) return {std::clamp(line.slope, range.lo, range.hi), 0, {}};
  const double weight = 1 / (error * error), known = 1 / (before.error * before.error);
  const double both = (weight * line.slope + known * before.value) / (weight + known);
  for (double& pull : pulls) pull *= weight / (weight + known);
  if (both < range.lo || both > range.hi) pulls.clear();
  return {std::clamp(both, range.lo, range.hi), 1 / std::sqrt(weight + known), std::move(pulls)};
}

Scattering scatter_by(std::span<const double> slowness, std::span<const double> distances) {
  constexpr double kFar = 5, kLeast = 0.25;
  const double most = kFar * median({distances.begin(), distances.end()});
  Points p{.x = {slowness.begin(), slowness.end()}, .y = {}, .exactness = {}, .build = {}};
  for (const double d : distances) p.y.push_back(std::min(d, most));
  const double mean = mean_of(p.y);
  Line line;
  line.residuals.resize(p.x.size());
  line.weights.assign(p.x.size(), 1);
  fit(p, line);
  if (line.slope <= 0) return {mean, 0, mean};
  return {line.at - line.slope * line.middle, line.slope, kLeast * mean};
}

}  // namespace hopcost
