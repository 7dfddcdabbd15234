#include "campaign/figures/measured.h"

#include <algorithm>
#include <cmath>

#include "base/control.h"
#include "campaign/figures/fold.h"
#include "stats/hdr_codec.h"

namespace hopcost::campaign {
namespace {

using nlohmann::json;

void add_watched(const LaneSlot& lane, LaneTotals& sum) {
  sum.watched.resize(lane.hops.size());
  sum.taps.resize(lane.taps.size());
  for (std::size_t t = 0; t < lane.taps.size(); ++t) {
    sum.taps[t].name = lane.taps[t].name;
    sum.taps[t].add(lane.taps[t]);
  }
  for (std::size_t h = 0; h < lane.hops.size(); ++h) {
    const HopTimes& from = lane.hops[h];
    HopTimes& to = sum.watched[h];
    to.from = from.from;
    to.to = from.to;
    to.part = from.part;
    if (to.invalid.empty()) to.invalid = from.invalid;
    to.cpu.add(from.cpu);
    (void)to.times.merge(from.times);
    (void)to.cross_times.merge(from.cross_times);
  }
}

/// A counter that one slot lacks is missing in the sum, unless that slot counted no packets at all.
void add_counters(const LaneSlot& lane, LaneTotals& sum) {
  if (lane.counted == 0) return;
  for (std::size_t c = 0; c < kCounterNames.size(); ++c) {
    if (sum.counted == 0) sum.counters[c] = 0;
    if (sum.counters[c] && lane.counters[c]) {
      *sum.counters[c] += *lane.counters[c];
    } else {
      sum.counters[c].reset();
    }
  }
  sum.counted += lane.counted;
  sum.missing_counters = lane.missing_counters;
}

void add_slot(const SlotResult& slot, std::size_t i, LaneTotals& sum) {
  const LaneSlot& lane = slot.lanes[i];
  if (!slot.counts()) {
    ++sum.void_slots;
    for (const auto& reason : slot.voided_by) ++sum.void_reasons[reason];
    return;
  }
  add_counters(lane, sum);
  ++sum.slots;
  sum.sent += lane.sent;
  sum.negative += lane.negative;
  sum.end.name = lane.taps.back().name;
  sum.end.add(lane.taps.back());
  if (slot.plan.kind == SlotKind::kEnd) {
    (void)sum.end_to_end.merge(lane.end_to_end);
    sum.end_cpu.add(lane.end_cpu);
  }
  if (slot.plan.kind == SlotKind::kAll) add_watched(lane, sum);
}

void add_audit(const SlotResult& slot, GeneratorTotals& sum) {
  sum.disturbance.steal_ns += slot.disturbance.steal_ns;
  sum.disturbance.late += slot.disturbance.late;
  sum.disturbance.departures += slot.disturbance.departures;
  sum.disturbance.squeezed += slot.disturbance.squeezed;
  sum.disturbance.dropped += slot.disturbance.dropped;
  if (slot.disturbance.work_ns > 0) sum.work_ns.push_back(slot.disturbance.work_ns);
  if (!slot.counts() || !slot.audit.is_object()) return;
  const json& audit = slot.audit;
  ++sum.slots;
  sum.offered += get_number_or(audit, "offered_pps", 0);
  sum.achieved += get_number_or(audit, "achieved_pps", 0);
  sum.clock_fit_ns = std::max(sum.clock_fit_ns, get_number_or(audit, "clock_uncertainty_ns", 0));
  for (const char* key : {"departures", "micro_bursts", "missed_slots", "tx_errors"})
    sum.audit[key] = sum.audit.value(key, std::uint64_t{0}) + get_uint_or(audit, key, 0);
  const double departures = get_number_or(audit, "departures", 0);
  for (const char* key :
       {"within_64_ns", "within_128_ns", "within_256_ns", "within_512_ns"}) {  // converts shares to counts
    sum.audit[key] = sum.audit.value(key, std::uint64_t{0}) +
                     static_cast<std::uint64_t>(std::llround(get_number_or(audit, key, 0) * departures));
  }
  if (auto h = decode_base64(get_string_or(audit, "late_histogram", ""))) (void)sum.late.merge(*h);
}

}  // namespace

std::optional<std::size_t> Measured::lane_of(Role role) const {
  const auto at = std::ranges::find(lanes, role, &Lane::role);
  if (at == lanes.end()) return std::nullopt;
  return static_cast<std::size_t>(at - lanes.begin());
}

std::size_t Measured::good_builds() const {
  return static_cast<std::size_t>(std::ranges::count_if(builds, &BuildFigures::counts));
}

void Measured::add_build(double begun_s, const std::vector<SlotResult>& slots,
                         std::vector<std::string> why_void) {
  BuildFigures build{.number = static_cast<std::uint32_t>(builds.size()),
                     .begun_s = begun_s,
                     .void_reasons = std::move(why_void),
                     .levels = {}};
  totals.resize(levels.size(), std::vector<LaneTotals>(lanes.size()));
  std::vector<std::size_t> point_counts;
  for (const auto& p : points) point_counts.push_back(p.size());
  const std::size_t sentinel = lane_of(Role::kInstance).value_or(0);
  for (std::size_t level = 0; build.counts() && level < levels.size(); ++level) {
    std::vector<const SlotResult*> own;
    for (const SlotResult& s : slots) {
      if (s.plan.level == level) own.push_back(&s);
    }
    build.levels.push_back(fold(own, point_counts, sentinel));
    for (const SlotResult* s : own) {
      for (std::size_t lane = 0; lane < lanes.size(); ++lane) {
        add_slot(*s, lane, totals[level][lane]);
        if (s->lanes[lane].regime != "none") regimes.insert(s->lanes[lane].regime);
      }
    }
  }
  for (const SlotResult& s : slots) {
    if (build.counts()) add_audit(s, generator);
  }
  builds.push_back(std::move(build));
}

}  // namespace hopcost::campaign
