#include "stats/slowness.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <utility>

#include "stats/sorted.h"

namespace hopcost {
namespace {

constexpr double kFastest = 0.05;  // of the moments, fastest first
constexpr double kTooFar = 4;      // SDs

/// A moment with two readings.
struct Both {
  double one, two;
  std::pair<std::size_t, std::size_t> place;  // build, and where in it
  [[nodiscard]] double mean() const noexcept { return (one + two) / 2; }
};

std::vector<Both> both_of(std::span<const Readings> builds) {
  std::vector<Both> all;
  for (std::size_t b = 0; b < builds.size(); ++b) {
    const auto& [one, two, places] = builds[b];
    for (std::size_t i = 0; i < one.size(); ++i) {
      if (std::isfinite(one[i]) && std::isfinite(two[i])) all.push_back({one[i], two[i], {b, places[i]}});
    }
  }
  return all;
}

template <class What>
double median_by(std::span<const Both> some, What what) {
  std::vector<double> values;
  for (const Both& b : some) values.push_back(std::invoke(what, b));
  return median_of(std::move(values));
}

/// Sorted by their means.
std::span<const Both> near(std::span<const Both> moments, double mean, double noise) {
  constexpr double kNear = 2;  // SDs of noise
  const auto from = std::ranges::lower_bound(moments, mean - kNear * noise, {}, &Both::mean),
             to = std::ranges::upper_bound(moments, mean + kNear * noise, {}, &Both::mean);
  return {from, to};
}

/// The readings on the undisturbed CPU.
struct Peak {
  double one = 0, two = 0;
  [[nodiscard]] double mean() const noexcept { return (one + two) / 2; }
};

/// Climbs from the fastest twentieth of the moments to the nearest cluster: goes to the median of the moments
/// within noise of where it is, until that no longer moves.
Peak fast_peak(std::vector<Both> moments, double noise) {
  constexpr int kMostSteps = 100;
  std::ranges::sort(moments, {}, &Both::mean);
  double at = moments[static_cast<std::size_t>(kFastest * static_cast<double>(moments.size() - 1))].mean();
  auto around = near(moments, at, noise);
  for (int step = 0; step < kMostSteps && !around.empty(); ++step) {
    const double next = median_by(around, &Both::mean);
    if (next == at) break;
    at = next;
    around = near(moments, at, noise);
  }
  if (around.empty()) return {at, at};  // between two moments, each further away than noise
  const double half = median_by(around, [](const Both& b) { return (b.one - b.two) / 2; });
  return {at + half, at - half};
}

/// Moments whose second readings are about as long.
struct Alike {
  double from = 0;            // the lowest second reading
  double one = 0, two = 0;    // the middle readings
  double most = 0;            // how far a steady moment's first reading may be from `one`, at a typical place
  std::vector<double> apart;  // how far they are
};

/// The group that a moment with this second reading is in, or is nearest to.
template <class Groups>
auto& group_of(Groups& groups, double two) {
  const auto after = std::ranges::upper_bound(groups, two, {}, &Alike::from);
  return after == groups.begin() ? groups.front() : *(after - 1);
}

/// How far the two readings of a moment are apart: the first less the second.
struct Apart {
  double middle = 0, sd = 0;
};

/// About equally large groups of 30 moments or more (unless there are fewer in all), at most 24; equal second
/// readings stay together. Where an event made the second readings longer, and not the first ones, the
/// group's second reading is taken to be as far from the first one as two SDs.
std::vector<Alike> groups_of(std::vector<Both> all, const Apart& apart) {
  constexpr std::size_t kLeastMoments = 30, kMostGroups = 24;
  std::ranges::sort(all, {}, &Both::two);
  const std::size_t n = std::clamp<std::size_t>(all.size() / kLeastMoments, 1, kMostGroups);
  std::vector<Alike> groups;
  std::size_t begin = 0;
  for (std::size_t g = 1; g <= n; ++g) {
    std::size_t end = g * all.size() / n;
    while (end < all.size() && all[end].two == all[end - 1].two) ++end;
    if (g == n || all.size() - std::min(end, all.size()) < kLeastMoments) end = all.size();
    if (end <= begin || (end - begin < kLeastMoments && end < all.size())) continue;
    const std::span own = std::span<const Both>(all).subspan(begin, end - begin);
    const double one = median_by(own, &Both::one), two = median_by(own, &Both::two);
    groups.push_back(
        {.from = own.front().two,
         .one = one,
         .two = one - apart.middle + std::clamp(two - one + apart.middle, -2 * apart.sd, 2 * apart.sd),
         .most = 0,
         .apart = {}});
    begin = end;
  }
  return groups;
}

/// By build and place: by how much its first readings are longer than others of their groups.
using ByPlace = std::map<std::pair<std::size_t, std::size_t>, double>;

ByPlace places_of(const std::vector<Both>& all, const std::vector<Alike>& groups) {
  std::map<std::pair<std::size_t, std::size_t>, std::vector<double>> longer;
  for (const Both& b : all) longer[b.place].push_back(b.one - group_of(groups, b.two).one);
  ByPlace places;
  for (auto& [place, own] : longer) places[place] = median_of(std::move(own));
  return places;
}

/// A group's steady moments are within four of its SDs, or within one of all moments where that is more.
void set_most(std::vector<Alike>& groups, const std::vector<Both>& all, const ByPlace& places) {
  std::vector<double> apart;
  for (const Both& b : all) {
    Alike& group = group_of(groups, b.two);
    apart.push_back(b.one - group.one - places.at(b.place));
    group.apart.push_back(apart.back());
  }
  const double of_all = sd_by_quartiles(std::move(apart));
  for (Alike& g : groups) g.most = std::max(kTooFar * sd_by_quartiles(std::move(g.apart)), of_all);
}

}  // namespace

Slowness slowness_of(std::span<const Readings> builds) {
  Slowness s;
  const std::vector<Both> both = both_of(builds);
  std::vector<Alike> groups;
  ByPlace places;
  Peak peak;
  if (!both.empty()) {
    std::vector<double> differences;
    for (const Both& b : both) differences.push_back(b.one - b.two);
    const Apart apart{median_of(differences), sd_by_quartiles(differences)};
    peak = fast_peak(both, apart.sd / 2);
    s.middle = median_by(both, &Both::mean);
    s.undisturbed = std::min(s.middle, peak.mean());
    groups = groups_of(both, apart);
    places = places_of(both, groups);
    set_most(groups, both, places);
  }
  for (std::size_t b = 0; b < builds.size(); ++b) {
    auto& over = s.over.emplace_back();
    auto& expected = s.expected.emplace_back();
    auto& steady = s.steady.emplace_back();
    bool any = false;
    for (std::size_t i = 0; i < builds[b].one.size(); ++i) {
      const double one = builds[b].one[i], two = builds[b].two[i];
      const bool known = !groups.empty() && std::isfinite(two);
      any = any || (known && std::isfinite(one));
      over.push_back(one - peak.one);
      expected.push_back(known ? group_of(groups, two).two - peak.two : s.middle - s.undisturbed);
      steady.push_back(known && std::isfinite(one) &&
                       std::abs(one - group_of(groups, two).one - places.at({b, builds[b].places[i]})) <=
                           group_of(groups, two).most);
    }
    if (any) continue;
    steady.assign(steady.size(), true);
    over = expected;
  }
  return s;
}

}  // namespace hopcost
