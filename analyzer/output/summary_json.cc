#include "analyzer/output/summary_json.h"

#include <cmath>
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
    // The histogram is empty, so that nobody reads the difference of a stamp with itself as a cost of 0 ns.
    j.update(
        {{"histogram", encode_base64(HdrHistogram())}, {"count", 0}, {"sum_ns", 0}, {"invalid", invalid}});
  }
  return j;
}

/// `all`: the sum of the packets on one CPU, across CPUs, and unknown.
json cpu_counts(std::uint64_t all, std::uint64_t cross, std::uint64_t unknown) {
  const std::uint64_t known = all - unknown;
  return {
      {"same", {{"count", known - cross}}},
      {"cross", {{"count", cross}}},
      {"unknown", unknown},
      {"cross_share", known == 0 ? json() : json(static_cast<double>(cross) / static_cast<double>(known))}};
}

/// null for a train that has no median, or none that is valid.
json trains_to_json(const TapSummary& t) {
  json trains = json::array();
  for (const double median : *t.train_medians_ns)
    trains.push_back(std::isfinite(median) && t.invalid.empty() ? json(median) : json());
  return trains;
}

json since_tx_to_json(const TapSummary& t) {
  json j = latency_to_json(t.tally->since_tx, t.invalid);
  if (t.train_medians_ns) j["trains_ns"] = trains_to_json(t);
  j["cpu"] = cpu_counts(t.tally->since_tx.count(), t.tally->cross_cpu, t.tally->cpu_unknown);
  return j;
}

json tap_to_json(const TapSummary& t, const char* since) {
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
          {since, since_tx_to_json(t)}};
}

json median_to_json(const LatencyStats& l) {
  return l.is_known() ? json(l.histogram.value_at_quantile(0.5)) : json();
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

json end_to_json(const IpAddress& address, std::uint16_t port) {
  return {{"address", to_string(address)}, {"port", port}};
}

json counts_to_json(const MatchedFlow& f) {
  return {{"packets", f.packets}, {"ambiguous", f.ambiguous}, {"bytes", f.bytes}};
}

json matched_flow_to_json(const MatchedFlow& f, const Summary& s) {
  json j = counts_to_json(f);
  j.update({{"source", end_to_json(f.key.source, f.key.source_port)},
            {"destination", end_to_json(f.key.destination, f.key.destination_port)},
            {"protocol", f.key.protocol},
            {"hops", json::array()}});
  for (std::size_t i = 0; i < f.hops.size(); ++i) {
    const FlowHop& h = f.hops[i];
    json hop = {{"from", s.hops[i].from}, {"to", s.hops[i].to}, {"count", h.count}, {"negative", h.negative}};
    // When the hop's stamps forbid a figure, they forbid the flows' figures of this hop, too.
    if (h.count != 0 && s.hops[i].invalid.empty())
      hop.update({{"sum_ns", h.sum_ns}, {"min_ns", h.min_ns}, {"max_ns", h.max_ns}});
    j["hops"].push_back(hop);
  }
  return j;
}

json flows_to_json(const Summary& s) {
  json flows = json::array();
  for (const auto& f : s.flows) flows.push_back({{"flow", f.flow}, {"first", f.first}, {"last", f.last}});
  for (const auto& f : s.matched_flows) flows.push_back(matched_flow_to_json(f, s));
  return flows;
}

}  // namespace

json summary_to_json(const Summary& s) {
  const char* const since = s.match == Match::kProbe ? "since_tx" : "since_first_tap";
  json taps = json::array();
  for (const auto& t : s.taps) taps.push_back(tap_to_json(t, since));
  json hops = json::array();
  for (const auto& h : s.hops) hops.push_back(hop_to_json(h));
  return {{"regime", s.regime},   {"taps", taps},         {"hops", hops},
          {"foreign", s.foreign}, {"evicted", s.evicted}, {"restarts", s.restarts}};
}

json run_to_json(const Summary& s, const StampFacts& stamps, double elapsed_s) {
  json j = summary_to_json(s);
  for (std::size_t i = 0; i < s.hops.size(); ++i) {
    const bool known = s.hops[i].invalid.empty() && s.hops[i].tally->latency.is_known();
    j["hops"][i]["uncertainty"] = known ? to_json(hop_uncertainty(s.hops[i], stamps)) : json();
  }
  j["schema"] = "hopcost.analyzer/1";
  j["sent"] = s.sent;
  j["sent_is_implied"] = true;
  j["elapsed_ns"] = static_cast<std::uint64_t>(elapsed_s * 1e9);
  j["stopped_by_signal"] = stop_signal();
  j["refused"] = s.refused;
  j["match"] = name_of(s.match);
  if (s.written) {
    j["written"] = {{"file", s.written->path},
                    {"every", s.written->every},
                    {"frames", s.written->frames},
                    {"skipped", s.written->skipped},
                    {"left_out", s.written->left_out}};
  }
  j["flows"] = flows_to_json(s);
  if (s.match != Match::kProbe) j["other_flows"] = counts_to_json(s.other_flows);
  return j;
}

}  // namespace hopcost::analyzer
