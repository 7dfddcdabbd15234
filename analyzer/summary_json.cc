#include "analyzer/summary_json.h"

#include <nlohmann/json.hpp>

#include "base/signals.h"
#include "stats/hdr_codec.h"

namespace hopcost::analyzer {

using nlohmann::json;

namespace {

json latency_to_json(const LatencyStats& l, const std::string& invalid) {
  json j = {{"negative", l.negative}, {"zero", l.zero}, {"out_of_range", l.out_of_range}};
  if (invalid.empty()) {
    j.update({{"histogram", encode_base64(l.histogram)}, {"count", l.count()}, {"sum_ns", l.sum_ns}});
  } else {
    // An empty histogram: nobody can take the difference of one stamp with itself for a cost of 0 ns.
    j.update(
        {{"histogram", encode_base64(HdrHistogram())}, {"count", 0}, {"sum_ns", 0}, {"invalid", invalid}});
  }
  return j;
}

/// `all` are those counted in the three together.
json cpu_counts(std::uint64_t all, std::uint64_t cross, std::uint64_t unknown) {
  const std::uint64_t known = all - unknown;
  return {
      {"same", {{"count", known - cross}}},
      {"cross", {{"count", cross}}},
      {"unknown", unknown},
      {"cross_share", known == 0 ? json() : json(static_cast<double>(cross) / static_cast<double>(known))}};
}

json since_tx_to_json(const TapSummary& t) {
  json j = latency_to_json(t.tally->since_tx, t.invalid);
  j["cpu"] = cpu_counts(t.tally->since_tx.count(), t.tally->cross_cpu, t.tally->cpu_unknown);
  return j;
}

json tap_to_json(const TapSummary& t) {
  return {{"name", t.name},
          {"seen", t.tally->seen},
          {"lost", t.lost},
          {"duplicates", t.tally->duplicates},
          {"reordered", t.tally->reordered},
          {"ambiguous", t.tally->ambiguous},
          {"ring_drops", t.ring_drops},
          {"regime", t.regime},
          {"stamp",
           {{"tap", t.tally->stamp[0]}, {"software", t.tally->stamp[1]}, {"hardware", t.tally->stamp[2]}}},
          {"since_tx", since_tx_to_json(t)}};
}

json median_to_json(const LatencyStats& l) {
  return l.count() == 0 ? json() : json(l.histogram.value_at_quantile(0.5));
}

json cpus_to_json(const HopSummary& h) {
  const LatencyStats& cross = h.tally->cross_cpu;
  json j = cpu_counts(h.tally->latency.count(), cross.count(), h.tally->cpu_unknown);
  j["same"]["p50_ns"] = j["cross"]["p50_ns"] = nullptr;
  if (!h.invalid.empty()) return j;
  j["same"]["p50_ns"] = median_to_json(same_cpu(*h.tally));
  j["cross"]["p50_ns"] = median_to_json(cross);
  j["cross"]["histogram"] = encode_base64(cross.histogram);
  return j;
}

json hop_to_json(const HopSummary& h) {
  json j = latency_to_json(h.tally->latency, h.invalid);
  j.update({{"from", h.from},
            {"to", h.to},
            {"part", h.part.empty() ? json() : json(h.part)},
            {"cpu", cpus_to_json(h)},
            {"stale", h.tally->stale},
            {"lost", h.tally->lost},
            {"appeared", h.tally->appeared}});
  return j;
}

}  // namespace

json summary_to_json(const Summary& s) {
  json taps = json::array();
  for (const auto& t : s.taps) taps.push_back(tap_to_json(t));
  json hops = json::array();
  for (const auto& h : s.hops) hops.push_back(hop_to_json(h));
  return {
      {"regime", s.regime}, {"taps", taps}, {"hops", hops}, {"foreign", s.foreign}, {"evicted", s.evicted}};
}

json run_to_json(const Summary& s, const StampFacts& stamps, double elapsed_s) {
  json j = summary_to_json(s);
  for (std::size_t i = 0; i < s.hops.size(); ++i) {
    const bool known = s.hops[i].invalid.empty() && s.hops[i].tally->latency.count() > 0;
    j["hops"][i]["uncertainty"] = known ? to_json(hop_uncertainty(s.hops[i], stamps)) : json();
  }
  j["schema"] = "hopcost.analyzer/1";
  j["sent"] = s.sent;
  j["sent_is_implied"] = true;
  j["elapsed_ns"] = static_cast<std::uint64_t>(elapsed_s * 1e9);
  j["stopped_by_signal"] = stop_signal();
  j["refused"] = s.refused;
  j["flows"] = json::array();
  for (const auto& f : s.flows)
    j["flows"].push_back({{"flow", f.flow}, {"first", f.first}, {"last", f.last}});
  return j;
}

}  // namespace hopcost::analyzer
