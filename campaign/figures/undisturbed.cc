#include "campaign/figures/undisturbed.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

#include "stats/slope.h"
#include "stats/sorted.h"

namespace hopcost::campaign {
namespace {

constexpr std::size_t kLeastPairs = 3;  // of an instance in a build

/// One instance in one build.
struct Instance {
  std::size_t build = 0;
  std::size_t begin = 0, end = 0;  // its moments
  bool silenced = false;           // it has too few pairs, or half of them lost their median packet
};

/// The pairs of a run that count, by instance.
struct Pairs {
  std::vector<Moment> moments;
  std::vector<Instance> instances;
};

Pairs pairs_of(const ByPair& figures, const Slowness& speed) {
  struct Own {
    std::vector<Moment> moments;
    std::size_t pairs = 0, lost = 0;
  };
  Pairs all;
  for (std::size_t b = 0; b < figures.figures.size(); ++b) {
    std::map<std::size_t, Own> instances;
    for (std::size_t i = 0; i < figures.figures[b].size(); ++i) {
      const double figure = figures.figures[b][i];
      if (std::isnan(figure)) continue;
      Own& own = instances[figures.instances[b][i]];
      ++own.pairs;
      own.lost += std::isinf(figure);
      if (!speed.steady[b][i]) continue;
      own.moments.push_back(
          {.figure = figure, .over = speed.over[b][i], .expected = speed.expected[b][i], .build = b});
    }
    for (const auto& [instance, own] : instances) {
      const bool silenced = 2 * own.lost >= own.pairs || own.pairs < kLeastPairs;
      if (!silenced && own.moments.size() < kLeastPairs) continue;
      all.instances.push_back({b, all.moments.size(), all.moments.size() + own.moments.size(), silenced});
      all.moments.insert(all.moments.end(), own.moments.begin(), own.moments.end());
    }
  }
  return all;
}

/// A moment's figure at the undisturbed speed, which may be infinite, and how much it counts.
struct Counted {
  double figure, weight;
};

/// Weights are sums of roots, so their halves are compared with room for rounding.
double weighted_median(std::vector<Counted> figures) {
  constexpr double kRounding = 1e-9;
  std::ranges::sort(figures, {}, &Counted::figure);
  double all = 0, below = 0;
  for (const Counted& f : figures) all += f.weight;
  for (std::size_t i = 0; i < figures.size(); ++i) {
    below += figures[i].weight;
    const double beyond = 2 * below / all - 1;
    if (beyond > kRounding) return figures[i].figure;
    if (beyond >= -kRounding && i + 1 < figures.size())
      return (figures[i].figure + figures[i + 1].figure) / 2;
  }
  return figures.back().figure;
}

/// The figure of an instance, or of a build.
struct Figure {
  double value = 0;
  double se = 0;                  // what the pairs leave open
  double over = 0, expected = 0;  // weighted means of the slowness
  std::size_t pairs = 0;
};

/// By instance. The standard errors come from how far the pairs of the whole run scatter.
std::vector<std::optional<Figure>> figures_of(const Pairs& all, double slope) {
  std::vector<std::optional<Figure>> figures;
  std::vector<double> scatter;  // of all pairs, as it would be with a weight of 1
  for (const Instance& instance : all.instances) {
    auto& figure = figures.emplace_back();
    if (instance.silenced) continue;
    std::vector<Counted> pairs;
    Figure own;
    double exact = 0, weights = 0;
    for (std::size_t i = instance.begin; i < instance.end; ++i) {
      const Moment& m = all.moments[i];
      pairs.push_back({m.figure - slope * m.over, std::sqrt(m.weight)});
      if (std::isinf(m.figure)) continue;
      const double weight = pairs.back().weight;
      ++own.pairs;
      own.over += weight * m.over;
      own.expected += weight * m.expected;
      weights += weight;
      exact += m.weight;
    }
    if (own.pairs == 0) continue;
    own.value = weighted_median(pairs);
    if (!std::isfinite(own.value)) continue;
    own.over /= weights;
    own.expected /= weights;
    own.se = kMedianOfMean / std::sqrt(exact);
    const auto n = static_cast<double>(own.pairs);
    const double of_few = std::sqrt(n / std::max(1.0, n - 1));  // they were taken for the median, too
    for (const Counted& p : pairs) {
      if (std::isfinite(p.figure)) scatter.push_back(of_few * p.weight * (p.figure - own.value));
    }
    figure = own;
  }
  const double sd = scatter.empty() ? 0 : sd_by_quartiles(std::move(scatter));
  for (auto& figure : figures) {
    if (figure) figure->se *= sd;
  }
  return figures;
}

/// How far figures scatter, by how slow the CPU was. Nothing with too few, or where they are equal.
std::optional<Scattering> scattering_of(const std::vector<std::optional<Figure>>& figures) {
  constexpr std::size_t kLeastFigures = 16;
  std::vector<double> slowness, values;
  for (const auto& figure : figures) {
    if (!figure) continue;
    slowness.push_back(figure->expected);
    values.push_back(figure->value);
  }
  if (values.size() < kLeastFigures) return std::nullopt;
  const double middle = median_of(values);
  for (double& v : values) v = std::abs(v - middle);
  const Scattering scattering = scatter_by(slowness, values);
  return scattering.least > 0 ? std::optional(scattering) : std::nullopt;
}

/// By build. Nothing where one of its instances has none.
std::vector<std::optional<Figure>> builds_of(const std::vector<Instance>& instances,
                                             const std::vector<std::optional<Figure>>& figures,
                                             std::size_t builds) {
  const auto scattering = scattering_of(figures);
  std::vector<std::optional<Figure>> found(builds);
  for (std::size_t i = 0; i < instances.size();) {
    const std::size_t build = instances[i].build;
    Figure mean;
    double weights = 0;
    bool known = true;
    for (; i < instances.size() && instances[i].build == build; ++i) {
      known = known && figures[i];
      if (!known) continue;
      const Figure& own = *figures[i];
      const double weight = scattering ? std::pow((*scattering)(own.expected), -2) : 1;
      weights += weight;
      mean.value += weight * own.value;
      mean.over += weight * own.over;
      mean.expected += weight * own.expected;
      mean.se = std::hypot(mean.se, weight * own.se);
      mean.pairs += own.pairs;
    }
    if (!known) continue;
    for (double* sum : {&mean.value, &mean.over, &mean.expected, &mean.se}) *sum /= weights;
    found[build] = mean;
  }
  return found;
}

/// What over_builds() takes: the builds' figures, how slow the CPU was, and how exact they are.
struct Builds {
  ByBuild figures, over;
  std::vector<double> exactness;
  [[nodiscard]] double weight(std::size_t build) const { return exactness.empty() ? 1 : exactness[build]; }
};

Builds with_exactness(const std::vector<std::optional<Figure>>& builds) {
  const auto scattering = scattering_of(builds);
  Builds all;
  for (const auto& build : builds) {
    if (scattering) all.exactness.push_back(build ? 1 / (*scattering)(build->expected) : 1);
    all.figures.emplace_back();
    all.over.emplace_back();
    if (!build) continue;
    all.figures.back() = {build->value, build->se, build->pairs};
    all.over.back() = {build->over, 0, build->pairs};
  }
  return all;
}

/// How the slope's error and that of the figures' weighted mean go together: their covariance, where both
/// come from the same builds' deviations.
double covariance(const Builds& builds, const OverBuilds& over) {
  if (over.slope.pulls.empty()) return 0;
  double sum = 0, weights = 0;
  for (std::size_t b = 0; b < builds.figures.size(); ++b) {
    if (!builds.figures[b]) continue;
    weights += builds.weight(b);
    sum += builds.weight(b) * (builds.figures[b]->value - over.shift().estimate) * over.slope.pulls[b];
  }
  return weights > 0 ? sum / weights : 0;
}

}  // namespace

OverBuilds undisturbed(const ByPair& figures, const Slowness& speed, Interval growth,
                       std::size_t looked_before) {
  Pairs all = pairs_of(figures, speed);
  const std::size_t n = figures.figures.size();
  weigh(all.moments, slope_of(all.moments, n, growth).value);
  const Slope slope = slope_of(all.moments, n, growth);
  const Builds builds = with_exactness(builds_of(all.instances, figures_of(all, slope.value), n));
  OverBuilds o = over_builds(builds.figures, looked_before, builds.exactness);
  o.slope = slope;
  // Where figures scatter more while the CPU is slow, those that raise the mean raise the slope too, and what
  // the slope takes off the mean is part of what they added.
  const double far = over_builds(builds.over, 0, builds.exactness).shift().estimate;
  o.speed_se = std::sqrt(std::max(0.0, far * (far * slope.error * slope.error - 2 * covariance(builds, o))));
  o.series = less_sure(o.series, o.speed_se, static_cast<double>(o.builds()) - 1);
  return o;
}

}  // namespace hopcost::campaign
