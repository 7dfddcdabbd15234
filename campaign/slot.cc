#include "campaign/slot.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "base/control.h"
#include "stats/hdr_codec.h"

namespace hopcost::campaign {
namespace {

using nlohmann::json;

const json& child_of(const json& object, const char* key) {
  static const json none;
  const auto it = object.find(key);
  return it == object.end() ? none : *it;
}

CpuCounts decode_cpus(const json& j) {
  const json& cpu = child_of(j, "cpu");
  return {get_uint_or(child_of(cpu, "same"), "count", 0), get_uint_or(child_of(cpu, "cross"), "count", 0),
          get_uint_or(cpu, "unknown", 0)};
}

Result<HopTimes> decode_times(const json& j, std::string from, std::string to) {
  auto histogram = decode_base64(get_string_or(j, "histogram", ""));
  if (!histogram) return forward(histogram);
  HopTimes hop{std::move(from), std::move(to), std::move(*histogram), get_uint_or(j, "negative", 0),
               get_string_or(j, "invalid", "")};
  hop.part = get_string_or(j, "part", "");
  hop.cpu = decode_cpus(j);
  auto cross = decode_base64(get_string_or(child_of(child_of(j, "cpu"), "cross"), "histogram", ""));
  if (cross) hop.cross_times = std::move(*cross);
  return hop;
}

TapCount decode_tap(const json& j) {
  return {get_string_or(j, "name", ""),    get_uint_or(j, "seen", 0),      get_uint_or(j, "lost", 0),
          get_uint_or(j, "duplicates", 0), get_uint_or(j, "reordered", 0), get_uint_or(j, "ring_drops", 0)};
}

double host_value(const json& answer, const char* key) {
  return get_number_or(child_of(answer, "host"), key, 0);
}

}  // namespace

Result<SlotResult> decode_slot(const json& run, const json& collected) {
  SlotResult slot;
  slot.sent = get_uint_or(run, "sent", 0);
  slot.audit = child_of(run, "audit");
  slot.counters = child_of(run, "counters");
  if (slot.audit.is_object()) slot.work_ns = get_number_or(slot.audit, "work_ns", 0);
  if (slot.counters.is_object()) slot.missing_counters = get_string_or(slot.counters, "missing", "");
  slot.regime = get_string_or(collected, "regime", "none");
  const json& taps = child_of(collected, "taps");
  if (!taps.is_array() || taps.empty()) return error(Exit::kFailure, "the analyzer answered without taps");
  for (const json& t : taps) slot.taps.push_back(decode_tap(t));
  auto first = decode_times(child_of(taps.front(), "since_tx"), "tx", slot.taps.front().name);
  if (!first) return forward(first);
  auto last = decode_times(child_of(taps.back(), "since_tx"), "tx", slot.taps.back().name);
  if (!last) return forward(last);
  slot.end_to_end = last->times;
  slot.end_cpu = last->cpu;
  slot.hops.push_back(std::move(*first));
  for (const json& h : child_of(collected, "hops")) {
    auto hop = decode_times(h, get_string_or(h, "from", ""), get_string_or(h, "to", ""));
    if (!hop) return forward(hop);
    slot.hops.push_back(std::move(*hop));
  }
  return slot;
}

void void_slow_slots(const Gates& gates, std::vector<SlotResult>& slots) {
  double best = 0;
  for (const SlotResult& s : slots) {
    if (s.work_ns > 0 && (best == 0 || s.work_ns < best)) best = s.work_ns;
  }
  for (SlotResult& s : slots) {
    const bool slow = s.work_ns > best * (1 + gates.max_slowdown);
    const bool told = std::find(s.voided_by.begin(), s.voided_by.end(), kSlowCpu) != s.voided_by.end();
    if (slow && !told) s.voided_by.emplace_back(kSlowCpu);
  }
}

std::vector<std::string> broken_gates(const Gates& gates, double planned_pps, const SlotResult& slot,
                                      const json& run, const json& collected) {
  std::vector<std::string> broken;
  const auto check = [&](const char* name, bool good) {
    if (!good) broken.emplace_back(name);
  };
  const double sent = static_cast<double>(std::max<std::uint64_t>(slot.sent, 1));
  check("stopped", !get_bool_or(run, "stopped", false) && slot.sent > 0);
  check("rate", get_number_or(slot.audit, "achieved_pps", 0) >= gates.min_rate_share * planned_pps);
  check("late", get_number_or(slot.audit, "missed_slots", 0) <= gates.max_missed_share * sent);
  std::uint64_t drops = 0, negative = 0;
  for (const TapCount& t : slot.taps) drops += t.ring_drops;
  for (const HopTimes& h : slot.hops) negative += h.negative;
  check("ring_drops", drops <= gates.max_ring_drops);
  check("negative", negative == 0);
  const double steal = std::max(host_value(run, "steal_ns"), host_value(collected, "steal_ns"));
  check("steal", steal <= gates.max_steal_share * std::max(host_value(run, "elapsed_ns"), 2e8));
  const double step =
      std::max(std::abs(host_value(run, "clock_step_ns")), std::abs(host_value(collected, "clock_step_ns")));
  check("clock_step", step <= static_cast<double>(gates.max_clock_step_ns));
  check("softnet", host_value(collected, "softnet_dropped") <= static_cast<double>(gates.max_softnet_drops));
  return broken;
}

}  // namespace hopcost::campaign
