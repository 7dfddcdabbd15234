#include "campaign/bench/slot.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <utility>

#include "base/control.h"
#include "base/look.h"
#include "stats/hdr_codec.h"

namespace hopcost::campaign {
namespace {

using nlohmann::json;

CpuCounts decode_cpus(const json& j) {
  const json& cpu = look(j, "cpu");
  return {get_uint_or(look(cpu, "same"), "count", 0), get_uint_or(look(cpu, "cross"), "count", 0),
          get_uint_or(cpu, "unknown", 0)};
}

std::unexpected<Error> malformed(const char* what) {
  return error(Exit::kFailure, std::string("the analyzer answered ") + what);
}

Result<HopTimes> decode_times(const json& j, std::string from, std::string to) {
  auto histogram = decode_base64(get_string_or(j, "histogram", ""));
  if (!histogram) return malformed("with a histogram that can't be read");
  HopTimes hop{std::move(from), std::move(to), std::move(*histogram), get_string_or(j, "invalid", "")};
  hop.part = get_string_or(j, "part", "");
  hop.cpu = decode_cpus(j);
  auto cross = decode_base64(get_string_or(look(look(j, "cpu"), "cross"), "histogram", ""));
  if (cross) hop.cross_times = std::move(*cross);
  return hop;
}

TapCount decode_tap(const json& j) {
  return {get_string_or(j, "name", ""),    get_uint_or(j, "seen", 0),      get_uint_or(j, "lost", 0),
          get_uint_or(j, "duplicates", 0), get_uint_or(j, "reordered", 0), get_uint_or(j, "ring_drops", 0)};
}

/// Turns the medians of trains into means of mirrored pairs: a lane's train on the way out, and its train on
/// the way back. Lost where either is null.
Result<std::vector<double>> pairs_of(const json& trains) {
  constexpr double kLost = std::numeric_limits<double>::infinity();
  if (!trains.is_array() ||
      !std::ranges::all_of(trains, [](const json& t) { return t.is_number() || t.is_null(); }))
    return malformed("without the medians of trains");
  std::vector<double> pairs;
  const auto at = [&](std::size_t i) { return trains[i].is_number() ? trains[i].get<double>() : kLost; };
  for (std::size_t i = 0; i + 1 < trains.size(); i += 2) pairs.push_back((at(i) + at(i + 1)) / 2);
  return pairs;
}

/// The time of each timed packet, infinite where it was lost; empty when they were not asked for.
Result<std::vector<double>> times_of(const json& since_tx) {
  constexpr double kLost = std::numeric_limits<double>::infinity();
  std::vector<double> times;
  const json& list = look(since_tx, "times_ns");
  if (list.is_null()) return times;
  if (!list.is_array()) return malformed("with times that are no list");
  for (const json& t : list) times.push_back(t.is_number() ? t.get<double>() : kLost);
  return times;
}

double host_value(const json& answer, const char* key) {
  return get_number_or(look(answer, "host"), key, 0);
}

Result<void> decode_taps(const json& collected, LaneSlot& lane) {
  const json& taps = look(collected, "taps");
  if (!taps.is_array() || taps.empty()) return malformed("without taps");
  for (const json& t : taps) {
    auto pairs = pairs_of(look(look(t, "since_tx"), "trains_ns"));
    if (!pairs) return forward(pairs);
    lane.taps.push_back(decode_tap(t));
    lane.pairs.push_back(std::move(*pairs));
    auto times = times_of(look(t, "since_tx"));
    if (!times) return forward(times);
    if (!times->empty()) lane.times.push_back(std::move(*times));
  }
  auto first = decode_times(look(taps.front(), "since_tx"), "tx", lane.taps.front().name);
  if (!first) return forward(first);
  const json& last = look(taps.back(), "since_tx");
  auto whole = decode_times(last, "tx", lane.taps.back().name);
  if (!whole) return forward(whole);
  lane.end_to_end = std::move(whole->times);
  lane.end_cpu = whole->cpu;
  lane.negative = get_uint_or(last, "negative", 0);
  lane.hops.push_back(std::move(*first));
  return {};
}

Result<LaneSlot> decode_lane(const json& run, const json& collected) {
  LaneSlot lane;
  auto sent = get_uint(run, "sent");
  if (!sent) return error(Exit::kFailure, "the generator did not say how much it sent");
  lane.sent = *sent;
  const json& counters = look(run, "counters");
  for (std::size_t c = 0; c < kCounterNames.size(); ++c) {
    const json& count = look(counters, kCounterNames[c]);
    if (count.is_number()) lane.counters[c] = count.get<double>();
  }
  lane.counted = get_uint_or(counters, "packets", 0);
  lane.missing_counters = get_string_or(counters, "missing", "");
  lane.regime = get_string_or(collected, "regime", "none");
  lane.restarts = get_uint_or(collected, "restarts", 0);
  if (auto r = decode_taps(collected, lane); !r) return forward(r);
  for (const json& h : look(collected, "hops")) {
    auto hop = decode_times(h, get_string_or(h, "from", ""), get_string_or(h, "to", ""));
    if (!hop) return forward(hop);
    lane.hops.push_back(std::move(*hop));
  }
  return lane;
}

}  // namespace

void TapCount::add(const TapCount& other) noexcept {
  seen += other.seen;
  lost += other.lost;
  duplicates += other.duplicates;
  reordered += other.reordered;
  ring_drops += other.ring_drops;
}

void CpuCounts::add(const CpuCounts& other) noexcept {
  same += other.same;
  cross += other.cross;
  unknown += other.unknown;
}

std::optional<double> CpuCounts::cross_share() const noexcept {
  if (same + cross == 0) return std::nullopt;
  return static_cast<double>(cross) / static_cast<double>(same + cross);
}

Result<SlotResult> decode_slot(const json& run, const json& collected,
                               const std::vector<std::size_t>& order) {
  SlotResult slot;
  const json& sent = look(run, "lanes");
  const json& seen = look(collected, "lanes");
  if (!sent.is_array() || !seen.is_array() || sent.size() != order.size() || seen.size() != order.size())
    return error(Exit::kFailure, "generator and analyzer answered about different lanes");
  slot.lanes.resize(order.size());
  for (std::size_t i = 0; i < sent.size(); ++i) {
    auto lane = decode_lane(sent[i], seen[i]);
    if (!lane) return forward(lane);
    slot.lanes[order[i]] = std::move(*lane);
  }
  slot.audit = look(run, "audit");
  if (slot.audit.is_object()) slot.audit["tx_errors"] = get_uint_or(run, "tx_errors", 0);
  slot.disturbance = {.steal_ns = host_value(run, "steal_ns"),
                      .late = get_number_or(slot.audit, "missed_slots", 0),
                      .departures = get_number_or(slot.audit, "departures", 0),
                      .squeezed = static_cast<std::uint64_t>(host_value(run, "softnet_squeezed")),
                      .dropped = static_cast<std::uint64_t>(host_value(run, "softnet_dropped")),
                      .work_ns = get_number_or(slot.audit, "work_ns", 0)};
  return slot;
}

namespace {

/// The median; infinite where it is a lost packet's, or where there are no times.
double median_or_lost(std::vector<double> times) {
  constexpr double kLost = std::numeric_limits<double>::infinity();
  if (times.empty()) return kLost;
  std::ranges::sort(times);
  const double upper = times[times.size() / 2];
  return std::isinf(upper) ? upper : (times[(times.size() - 1) / 2] + upper) / 2;
}

/// Converts the index of a timed packet to its number among all packets of the lane.
class TimedPackets {
 public:
  TimedPackets(const Trains& trains, std::uint32_t burst)
      : packets_(std::uint64_t{trains.departures} * burst), untimed_(std::uint64_t{trains.untimed} * burst) {}
  [[nodiscard]] std::uint64_t a_train() const noexcept { return packets_ - untimed_; }
  [[nodiscard]] std::uint64_t number(std::uint64_t timed) const noexcept {
    return timed / a_train() * packets_ + untimed_ + timed % a_train();
  }

 private:
  std::uint64_t packets_, untimed_;
};

/// Counts one measured packet at the end of the path.
void count_at_the_end(LaneSlot& lane, double ns) {
  if (!std::isfinite(ns)) {
    ++*lane.own_lost;
  } else if (ns >= 0) {
    (void)lane.end_to_end.record(static_cast<std::uint64_t>(ns));
  }
}

/// Makes a lane's figures again from the measured packets only.
void leave_background_out(LaneSlot& lane, const Dealing& dealing, const TimedPackets& timed) {
  lane.end_to_end.reset();
  lane.own_lost = 0;
  for (std::size_t tap = 0; tap < lane.times.size(); ++tap) {
    const auto& times = lane.times[tap];
    std::vector<double> trains, train;
    for (std::size_t i = 0; i < times.size(); ++i) {
      if (dealing.measured(timed.number(i))) {
        train.push_back(times[i]);
        if (tap + 1 == lane.times.size()) count_at_the_end(lane, times[i]);
      }
      if ((i + 1) % timed.a_train() == 0) trains.push_back(median_or_lost(std::exchange(train, {})));
    }
    lane.pairs[tap].clear();
    for (std::size_t i = 0; i + 1 < trains.size(); i += 2)
      lane.pairs[tap].push_back((trains[i] + trains[i + 1]) / 2);
  }
}

}  // namespace

Result<void> part(SlotResult& slot, const Dealing& dealing, const Trains& trains, std::uint32_t burst) {
  const TimedPackets timed(trains, burst);
  for (LaneSlot& lane : slot.lanes) {
    if (lane.times.size() != lane.taps.size()) return malformed("without the times of packets");
    if (dealing.deal() == Deal::kAimed) leave_background_out(lane, dealing, timed);
    if (dealing.deal() == Deal::kSpread) {
      lane.containers.resize(dealing.containers());
      const auto& times = lane.times.back();
      for (std::size_t i = 0; i < times.size(); ++i)
        lane.containers[dealing.container(timed.number(i))].push_back(times[i]);
    }
    lane.times.clear();
  }
  return {};
}

std::vector<std::string> broken_gates(const Gates& gates, std::uint64_t expected, const SlotResult& slot,
                                      const json& run, const json& collected) {
  std::vector<std::string> broken;
  const auto check = [&](const char* name, bool good) {
    if (!good) broken.emplace_back(name);
  };
  std::uint64_t drops = 0;
  bool accounted = true;
  for (const LaneSlot& lane : slot.lanes) {
    accounted = accounted && lane.sent == expected;
    for (const TapCount& t : lane.taps) {
      drops = std::max(drops, t.ring_drops);
      accounted = accounted && t.seen + t.lost == lane.sent;
    }
  }
  check("stopped", !get_bool_or(run, "stopped", false));
  check("account", accounted);
  check("ring_drops", drops <= gates.max_ring_drops);
  const double step =
      std::max(std::abs(host_value(run, "clock_step_ns")), std::abs(host_value(collected, "clock_step_ns")));
  check("clock_step", step <= static_cast<double>(gates.max_clock_step_ns));
  return broken;
}

}  // namespace hopcost::campaign
