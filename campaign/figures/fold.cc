#include "campaign/figures/fold.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <span>

#include "stats/normal.h"
#include "stats/sorted.h"

namespace hopcost::campaign {
namespace {

/// Values of pairs, gathered over a build's slots.
struct Gathered {
  InstancePairs latency, end_all, latency_there, end_there;
  std::vector<InstancePairs> against, arrival, end_with;
};

/// Appends a - b for each pair of an instance, except for pairs that are infinite in both.
void gather(const std::vector<double>& a, const std::vector<double>& b, std::size_t instance,
            InstancePairs& into) {
  for (std::size_t r = 0; r < std::min(a.size(), b.size()); ++r) {
    if (const double d = a[r] - b[r]; !std::isnan(d)) into.add(d, instance);
  }
}

const std::vector<double>& end_of(const SlotResult& slot, std::size_t lane) {
  return slot.lanes[lane].pairs.back();
}

void gather_latency(const SlotResult& slot, std::size_t lane, InstancePairs& into) {
  for (const double ns : end_of(slot, lane)) into.add(ns, slot.plan.instance);
}

void gather_end(const SlotResult& slot, std::size_t lane, Gathered& g) {
  gather_latency(slot, lane, g.latency);
  for (std::size_t other = 0; other < slot.lanes.size(); ++other) {
    if (other != lane) gather(end_of(slot, lane), end_of(slot, other), slot.plan.instance, g.against[other]);
  }
}

/// For a slot with at most one interior tap open: the lane's open taps are that one and the end's.
void gather_hop(const SlotResult& slot, std::size_t lane, std::size_t sentinel, Gathered& g) {
  const auto& taps = slot.plan.taps;
  if (lane >= taps.size() || !taps[lane] || slot.lanes[lane].pairs.size() != 2) return;
  const std::size_t point = *taps[lane], instance = slot.plan.instance;
  gather(slot.lanes[lane].pairs.front(), end_of(slot, sentinel), instance, g.arrival[point]);
  gather(end_of(slot, lane), end_of(slot, sentinel), instance, g.end_with[point]);
}

std::vector<std::optional<Spread>> spreads(const std::vector<InstancePairs>& all) {
  std::vector<std::optional<Spread>> found;
  for (const InstancePairs& pairs : all) found.push_back(over_instances(pairs));
  return found;
}

/// The instance of the slots that have interior taps open; nothing where there is no such slot.
std::optional<std::size_t> watched_instance(const std::vector<const SlotResult*>& slots) {
  const auto at =
      std::ranges::find_if(slots, [](const SlotResult* s) { return s->plan.kind != SlotKind::kEnd; });
  return at == slots.end() ? std::nullopt : std::optional((*at)->plan.instance);
}

/// The share of a slot's packets that are timed. It is the same in every lane, because all have trains of one
/// form. 1 when no lane has a time.
double timed_share(const SlotResult& slot) {
  double timed = 0, seen = 0;
  for (const LaneSlot& l : slot.lanes) {
    if (l.end_to_end.count() == 0) continue;
    timed += static_cast<double>(l.end_to_end.count());
    seen += static_cast<double>(l.taps.back().seen);
  }
  return seen > 0 ? timed / seen : 1;
}

void add_times(const SlotResult& slot, std::size_t lane, BuildTimes& into) {
  const LaneSlot& l = slot.lanes[lane];
  (void)into.times.merge(l.end_to_end);
  into.lost += l.own_lost ? static_cast<double>(*l.own_lost)
                          : timed_share(slot) * static_cast<double>(l.taps.back().lost);
}

/// By container: the summary of its times in all end slots.
std::vector<ContainerBuild> containers_of(const std::vector<const SlotResult*>& slots, std::size_t lane) {
  std::vector<std::vector<double>> times;
  for (const SlotResult* slot : slots) {
    if (!slot->counts() || slot->plan.kind != SlotKind::kEnd) continue;
    const auto& own = slot->lanes[lane].containers;
    times.resize(std::max(times.size(), own.size()));
    for (std::size_t c = 0; c < own.size(); ++c)
      times[c].insert(times[c].end(), own[c].begin(), own[c].end());
  }
  std::vector<ContainerBuild> containers;
  for (auto& t : times) {
    std::ranges::sort(t);
    const auto lost = static_cast<std::uint64_t>(t.end() - std::ranges::lower_bound(t, kInfinite));
    const bool known = !t.empty() && std::isfinite(t[t.size() / 2]);
    containers.push_back({known ? quantile_of_sorted(t, 0.5) : kInfinite, t.size(), lost});
  }
  return containers;
}

}  // namespace

std::optional<Spread> spread_of(std::vector<double> d) {
  constexpr std::ptrdiff_t kLeast = 3;
  std::ranges::sort(d);
  const auto from = std::ranges::upper_bound(d, -kInfinite), to = std::ranges::lower_bound(d, kInfinite);
  if (to - from < kLeast) return std::nullopt;
  const double median = quantile_of_sorted(d, 0.5);
  if (!std::isfinite(median)) return std::nullopt;
  const std::span<const double> finite(from, to);
  const double sd = (quantile_of_sorted(finite, 0.75) - quantile_of_sorted(finite, 0.25)) / kIqrOfSd;
  return Spread{median, kMedianOfMean * sd / std::sqrt(static_cast<double>(finite.size())), d.size()};
}

void InstancePairs::add(double figure, std::size_t instance) {
  figures.push_back(figure);
  instances.push_back(instance);
}

std::optional<Spread> over_instances(const InstancePairs& pairs) {
  std::map<std::size_t, std::vector<double>> by_instance;
  for (std::size_t i = 0; i < pairs.figures.size(); ++i)
    by_instance[pairs.instances[i]].push_back(pairs.figures[i]);
  if (by_instance.empty()) return std::nullopt;
  Spread mean;
  const double n = static_cast<double>(by_instance.size());
  for (auto& [instance, figures] : by_instance) {
    const auto own = spread_of(std::move(figures));
    if (!own) return std::nullopt;
    mean.value += own->value / n;
    mean.se = std::hypot(mean.se, own->se / n);
    mean.pairs += own->pairs;
  }
  return mean;
}

std::vector<LaneBuild> fold(const std::vector<const SlotResult*>& slots,
                            const std::vector<std::size_t>& points, std::size_t sentinel) {
  std::vector<LaneBuild> lanes(points.size());
  const auto watched = watched_instance(slots);
  for (std::size_t lane = 0; lane < lanes.size(); ++lane) {
    const std::size_t interior = points[lane] == 0 ? 0 : points[lane] - 1;
    Gathered g;
    g.against.resize(lanes.size());
    g.arrival.resize(interior);
    g.end_with.resize(interior);
    for (const SlotResult* slot : slots) {
      if (!slot->counts()) continue;
      if (slot->plan.kind == SlotKind::kEnd) {
        gather_end(*slot, lane, g);
        if (!watched || slot->plan.instance == *watched) {
          gather_latency(*slot, lane, g.latency_there);
          gather(end_of(*slot, lane), end_of(*slot, sentinel), slot->plan.instance, g.end_there);
        }
        add_times(*slot, lane, lanes[lane].times);
      } else if (slot->plan.kind == SlotKind::kHop) {
        gather_hop(*slot, lane, sentinel, g);
      } else {
        gather(end_of(*slot, lane), end_of(*slot, sentinel), slot->plan.instance, g.end_all);
      }
    }
    lanes[lane].containers = containers_of(slots, lane);
    lanes[lane].latency = over_instances(g.latency);
    lanes[lane].pairs = std::move(g.latency);
    lanes[lane].against = spreads(g.against);
    lanes[lane].arrival = spreads(g.arrival);
    lanes[lane].end_with = spreads(g.end_with);
    lanes[lane].end_all = over_instances(g.end_all);
    lanes[lane].end_there = over_instances(g.end_there);
    lanes[lane].latency_there = over_instances(g.latency_there);
  }
  return lanes;
}

}  // namespace hopcost::campaign
