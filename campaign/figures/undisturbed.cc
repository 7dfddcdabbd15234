#include "campaign/figures/undisturbed.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <span>

#include "stats/slope.h"
#include "stats/sorted.h"

namespace hopcost::campaign {
namespace {

constexpr std::size_t kLeastPairs = 3;    // of an instance in a build
constexpr double kMedianOfMean = 1.2533;  // standard error of a median over that of a mean, normal scatter

/// The moments of one instance in one build.
struct Group {
  std::size_t build = 0;
  std::size_t begin = 0, end = 0;  // in the moments
};

/// All pairs of a run, by group.
struct Grouped {
  std::vector<Moment> moments;
  std::vector<Group> groups;
};

/// What is known of pair `i` of build `b`; nothing where it says nothing, because the CPU's speed changed
/// meanwhile. Lost packets say something then, too. Of a control's own figures its time chooses none.
std::optional<Moment> moment_of(const ByPair& figures, const Slowness& speed, std::size_t b, std::size_t i) {
  const double figure = figures.figures[b][i], expected = speed.expected[b][i];
  if (figures.of_control) return Moment{.figure = figure, .build = b};
  if (std::isfinite(figure) && !speed.told[b][i]) return std::nullopt;
  return Moment{.figure = figure,
                .over = speed.told[b][i] ? speed.over[b][i] : expected,
                .expected = expected,
                .build = b};
}

/// An instance that was measured is left out when too few of its pairs say something.
Grouped grouped(const ByPair& figures, const Slowness& speed) {
  Grouped all;
  for (std::size_t b = 0; b < figures.figures.size(); ++b) {
    struct Instance {
      std::vector<Moment> moments;
      std::size_t pairs = 0;
    };
    std::map<std::size_t, Instance> instances;
    for (std::size_t i = 0; i < figures.figures[b].size(); ++i) {
      if (std::isnan(figures.figures[b][i])) continue;
      Instance& own = instances[figures.instances[b][i]];
      ++own.pairs;
      if (const auto m = moment_of(figures, speed, b, i)) own.moments.push_back(*m);
    }
    for (const auto& [instance, own] : instances) {
      if (own.moments.size() < kLeastPairs && own.pairs >= kLeastPairs) continue;
      all.groups.push_back({b, all.moments.size(), all.moments.size() + own.moments.size()});
      all.moments.insert(all.moments.end(), own.moments.begin(), own.moments.end());
    }
  }
  return all;
}

/// A moment's figure at the undisturbed speed, which may be infinite, and its weight.
struct Weighed {
  double figure, weight;
};

/// The median of figures that count by their weights, which are above 0.
double weighted_median(std::vector<Weighed> figures) {
  std::ranges::sort(figures, {}, &Weighed::figure);
  double all = 0, below = 0;
  for (const Weighed& f : figures) all += f.weight;
  for (std::size_t i = 0; i < figures.size(); ++i) {
    below += figures[i].weight;
    if (2 * below > all) return figures[i].figure;
    if (2 * below == all && i + 1 < figures.size()) return (figures[i].figure + figures[i + 1].figure) / 2;
  }
  return figures.back().figure;
}

/// So that no few pairs decide over an instance.
void limit_weights(std::span<Moment> moments) {
  constexpr double kMost = 3;  // times the median
  std::vector<double> weights;
  for (const Moment& m : moments) weights.push_back(m.weight);
  std::ranges::sort(weights);
  if (weights.empty()) return;
  const double most = kMost * quantile_of_sorted(weights, 0.5);
  for (Moment& m : moments) m.weight = std::min(m.weight, most);
}

/// What one group, or several together, say.
struct Part {
  double value = 0;
  double se = 0;                  // what the pairs leave open
  double over = 0, expected = 0;  // weighted means of the slowness
  std::size_t pairs = 0;
};

/// By group. Nothing with fewer than three finite pairs, or when packets of over half were lost. The standard
/// errors come from how far the pairs of the whole run scatter.
std::vector<std::optional<Part>> parts_of(const Grouped& all, double slope) {
  std::vector<std::optional<Part>> parts;
  std::vector<double> scatter;  // of all pairs, as it would be with a weight of 1
  for (const Group& g : all.groups) {
    auto& part = parts.emplace_back();
    std::vector<Weighed> pairs;
    Part own;
    double weights = 0;
    for (std::size_t i = g.begin; i < g.end; ++i) {
      const Moment& m = all.moments[i];
      pairs.push_back({m.figure - slope * m.over, m.weight});
      own.pairs += std::isfinite(m.figure);
      own.over += m.weight * m.over;
      own.expected += m.weight * m.expected;
      weights += m.weight;
    }
    if (own.pairs < kLeastPairs) continue;
    own.value = weighted_median(pairs);
    if (!std::isfinite(own.value)) continue;
    own.over /= weights;
    own.expected /= weights;
    own.se = kMedianOfMean / std::sqrt(weights);
    for (const Weighed& p : pairs) {
      if (std::isfinite(p.figure)) scatter.push_back(std::sqrt(p.weight) * (p.figure - own.value));
    }
    part = own;
  }
  const double sd = scatter.empty() ? 0 : sd_by_quartiles(std::move(scatter));
  for (auto& part : parts) {
    if (part) part->se *= sd;
  }
  return parts;
}

/// How far parts scatter, by how slow the CPU was. Nothing with too few parts, or where they are equal.
std::optional<Scattering> scatter_of(const std::vector<std::optional<Part>>& parts) {
  constexpr std::size_t kLeastParts = 16;
  std::vector<double> slowness, values;
  for (const auto& part : parts) {
    if (!part) continue;
    slowness.push_back(part->expected);
    values.push_back(part->value);
  }
  if (values.size() < kLeastParts) return std::nullopt;
  std::vector<double> sorted = values;
  std::ranges::sort(sorted);
  const double middle = quantile_of_sorted(sorted, 0.5);
  for (double& v : values) v = std::abs(v - middle);
  const Scattering scatter = scatter_by(slowness, values);
  return scatter.least > 0 ? std::optional(scatter) : std::nullopt;
}

/// One over how far a part scatters; 1 where that is not known.
double exactness(const Part& part, const std::optional<Scattering>& scatter) {
  return scatter ? 1 / (*scatter)(part.expected) : 1;
}

/// By build: its figure. Nothing where one of its instances has none.
std::vector<std::optional<Part>> builds_of(const Grouped& all, const std::vector<std::optional<Part>>& parts,
                                           std::size_t builds) {
  const auto scatter = scatter_of(parts);
  std::vector<std::optional<Part>> found(builds);
  for (std::size_t g = 0; g < all.groups.size();) {
    const std::size_t build = all.groups[g].build;
    Part mean;
    double weights = 0;
    bool known = true;
    for (; g < all.groups.size() && all.groups[g].build == build; ++g) {
      known = known && parts[g];
      if (!known) continue;
      const double weight = std::pow(exactness(*parts[g], scatter), 2);
      weights += weight;
      mean.value += weight * parts[g]->value;
      mean.over += weight * parts[g]->over;
      mean.expected += weight * parts[g]->expected;
      mean.se = std::hypot(mean.se, weight * parts[g]->se);
      mean.pairs += parts[g]->pairs;
    }
    if (!known) continue;
    for (double* sum : {&mean.value, &mean.over, &mean.expected, &mean.se}) *sum /= weights;
    found[build] = mean;
  }
  return found;
}

/// The builds' figures, how slow the CPU was, and how much each counts (over_builds()).
struct Builds {
  ByBuild figures, over;
  std::vector<double> exactness;
};

Builds weighed(const std::vector<std::optional<Part>>& builds) {
  const auto scatter = scatter_of(builds);
  Builds all;
  for (const auto& build : builds) {
    all.exactness.push_back(build ? exactness(*build, scatter) : 1);
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
    weights += builds.exactness[b];
    sum += builds.exactness[b] * (builds.figures[b]->value - over.shift().estimate) * over.slope.pulls[b];
  }
  return weights > 0 ? sum / weights : 0;
}

}  // namespace

OverBuilds undisturbed(const ByPair& figures, const Slowness& speed, Interval growth,
                       std::size_t looked_before) {
  Grouped all = grouped(figures, speed);
  const std::size_t n = figures.figures.size();
  weigh(all.moments, slope_of(all.moments, n, growth).value);
  const Slope slope = slope_of(all.moments, n, growth);
  for (const Group& g : all.groups) limit_weights(std::span(all.moments).subspan(g.begin, g.end - g.begin));
  const Builds builds = weighed(builds_of(all, parts_of(all, slope.value), n));
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
