#include "stats/slowness.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>

#include "stats/sorted.h"

namespace hopcost {
namespace {

constexpr double kFastest = 0.05;  // of the moments, fastest first
constexpr double kTooFar = 4;      // SDs

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return quantile_of_sorted(values, 0.5);
}

/// A moment with two readings.
struct Both {
  double one, two;
  [[nodiscard]] double mean() const noexcept { return (one + two) / 2; }
};

std::vector<Both> both_of(std::span<const Readings> builds) {
  std::vector<Both> all;
  for (const auto& [one, two] : builds) {
    for (std::size_t i = 0; i < one.size(); ++i) {
      if (std::isfinite(one[i]) && std::isfinite(two[i])) all.push_back({one[i], two[i]});
    }
  }
  return all;
}

/// Sorted by their means.
std::span<const Both> near(std::span<const Both> moments, double mean, double noise) {
  constexpr double kNear = 2;  // SDs of noise
  const auto from = std::ranges::lower_bound(moments, mean - kNear * noise, {}, &Both::mean),
             to = std::ranges::upper_bound(moments, mean + kNear * noise, {}, &Both::mean);
  return {from, to};
}

/// The undisturbed CPU.
struct Peak {
  double mean = 0;  // of both readings
  double one = 0;   // of the first
};

/// Climbs from the fastest twentieth of the moments to the nearest cluster: goes to the median of the moments
/// within noise of where it is, until that no longer moves.
Peak fast_peak(std::vector<Both> moments, double noise) {
  constexpr int kMostSteps = 100;
  std::ranges::sort(moments, {}, &Both::mean);
  const auto at = [&](std::span<const Both> some, auto what) {
    std::vector<double> values;
    for (const Both& b : some) values.push_back(std::invoke(what, b));
    return median(std::move(values));
  };
  Peak peak{.mean =
                moments[static_cast<std::size_t>(kFastest * static_cast<double>(moments.size() - 1))].mean()};
  for (int step = 0; step < kMostSteps; ++step) {
    const auto around = near(moments, peak.mean, noise);
    if (around.empty()) break;  // it lies between two moments, each further away than noise
    const double next = at(around, &Both::mean);
    if (next == peak.mean) break;
    peak.mean = next;
  }
  const auto around = near(moments, peak.mean, noise);
  const double apart = around.empty() ? 0 : at(around, [](const Both& b) { return b.one - b.mean(); });
  peak.one = peak.mean + apart;
  return peak;
}

/// Of moments with about the same second reading: the mean first reading, without those that are too far from
/// it.
struct Group {
  double from = 0;  // the lowest second reading
  double middle = 0, most = 0;
  double mean = 0;
  [[nodiscard]] bool has(double one) const noexcept { return std::abs(one - middle) <= most; }
};

/// Equally large groups of 30 moments or more, at most 24, sorted by the second reading.
std::vector<Group> groups_of(std::vector<Both> all) {
  constexpr std::size_t kLeastMoments = 30, kMostGroups = 24;
  std::ranges::sort(all, {}, &Both::two);
  const std::size_t n = std::clamp<std::size_t>(all.size() / kLeastMoments, 1, kMostGroups);
  std::vector<Group> groups;
  for (std::size_t g = 0; g < n; ++g) {
    const std::span own =
        std::span(all).subspan(g * all.size() / n, (g + 1) * all.size() / n - g * all.size() / n);
    std::vector<double> ones;
    for (const Both& b : own) ones.push_back(b.one);
    Group group{.from = own.front().two, .middle = median(ones), .most = kTooFar * sd_by_quartiles(ones)};
    double kept = 0;
    for (const double one : ones) {
      if (!group.has(one)) continue;
      group.mean += one;
      ++kept;
    }
    group.mean /= kept;
    groups.push_back(group);
  }
  return groups;
}

/// The group that a moment with this second reading is in, or is nearest to.
const Group& group_of(const std::vector<Group>& groups, double two) {
  const auto after = std::ranges::upper_bound(groups, two, {}, &Group::from);
  return after == groups.begin() ? groups.front() : *(after - 1);
}

}  // namespace

Slowness slowness_of(std::span<const Readings> builds) {
  Slowness s;
  const std::vector<Both> both = both_of(builds);
  std::vector<Group> groups;
  double zero = 0;  // of `over`
  if (!both.empty()) {
    std::vector<double> means, differences;
    for (const Both& b : both) {
      means.push_back(b.mean());
      differences.push_back(b.one - b.two);
    }
    const Peak peak = fast_peak(both, sd_by_quartiles(std::move(differences)) / 2);
    s.middle = median(std::move(means));
    s.undisturbed = std::min(s.middle, peak.mean);
    zero = s.undisturbed + peak.one - peak.mean;
    groups = groups_of(both);
  }
  for (const auto& [one, two] : builds) {
    auto& over = s.over.emplace_back();
    auto& expected = s.expected.emplace_back();
    auto& told = s.told.emplace_back();
    for (std::size_t i = 0; i < one.size(); ++i) {
      const Group* group = groups.empty() || !std::isfinite(two[i]) ? nullptr : &group_of(groups, two[i]);
      over.push_back(one[i] - zero);
      expected.push_back(group ? group->mean - zero : s.middle - s.undisturbed);
      told.push_back(group && group->has(one[i]));
    }
    if (std::ranges::find(told, true) != told.end()) continue;
    told.assign(told.size(), true);
    over = expected;
  }
  return s;
}

}  // namespace hopcost
