#include "analyzer/output/openmetrics.h"

#include <fmt/format.h>

#include <array>

#include "base/openmetrics.h"

namespace hopcost::analyzer {

namespace {

double seconds(double ns) {
  return ns / 1e9;
}

/// The samples of a metric of type summary.
void latency(std::string& out, const char* name, const std::string& labels, const LatencyStats& l) {
  for (const double q : {0.5, 0.9, 0.99, 0.999}) {
    if (!l.is_known()) break;
    out += fmt::format("{}{{{},quantile=\"{}\"}} {}\n", name, labels, q,
                       seconds(static_cast<double>(l.histogram.value_at_quantile(q))));
  }
  out += fmt::format("{}_sum{{{}}} {}\n", name, labels, seconds(static_cast<double>(l.sum_ns)));
  out += fmt::format("{}_count{{{}}} {}\n", name, labels, l.count());
}

std::string hop_labels(const HopSummary& h) {
  return metric_label("from", h.from) + "," + metric_label("to", h.to);
}

void hops(std::string& out, const Summary& s) {
  append_family(out, "hopcost_hop_seconds", "summary", "Time from one tap to the next.", "seconds");
  for (const auto& h : s.hops)
    if (h.invalid.empty()) latency(out, "hopcost_hop_seconds", hop_labels(h), h.tally->latency);
  append_family(out, "hopcost_hop_invalid", "gauge", "1 where the stamps forbid a figure.");
  for (const auto& h : s.hops)
    out += fmt::format("hopcost_hop_invalid{{{}}} {}\n", hop_labels(h), h.invalid.empty() ? 0 : 1);
  append_family(out, "hopcost_hop_negative", "counter",
                "Differences below zero, in no other figure: the clocks of the two taps disagree.");
  for (const auto& h : s.hops)
    out += fmt::format("hopcost_hop_negative_total{{{}}} {}\n", hop_labels(h), h.tally->latency.negative);
  append_family(out, "hopcost_hop_cross_cpu", "counter", "Probes whose two stamps were taken on two CPUs.");
  for (const auto& h : s.hops)
    if (h.cross_share())
      out += fmt::format("hopcost_hop_cross_cpu_total{{{}}} {}\n", hop_labels(h), h.tally->cross_cpu.count());
  const bool sent = s.match == Match::kProbe;
  const char* const since = sent ? "hopcost_since_tx_seconds" : "hopcost_since_first_tap_seconds";
  append_family(out, since, "summary",
                sent ? "Time from transmission, by the sender's clock, to a tap."
                     : "Time from the first tap to a further one.",
                "seconds");
  for (std::size_t i = sent ? 0 : 1; i < s.taps.size(); ++i) {
    const TapSummary& t = s.taps[i];
    if (t.invalid.empty()) latency(out, since, metric_label("tap", t.name), t.tally->since_tx);
  }
}

struct TapCounter {
  const char *name, *help;
  std::uint64_t (*value)(const TapSummary&);
};
constexpr std::array<TapCounter, 5> kTapCounters = {{
    {"hopcost_tap_probes", "Distinct probes seen, or packets where those are matched.",
     [](const TapSummary& t) { return t.tally->seen; }},
    {"hopcost_tap_duplicates", "Further copies of probes.",
     [](const TapSummary& t) { return t.tally->duplicates; }},
    {"hopcost_tap_reordered", "Probes that came after a later one.",
     [](const TapSummary& t) { return t.tally->reordered; }},
    {"hopcost_tap_ambiguous", "Probes so late that they may be copies; packets that others are the same as.",
     [](const TapSummary& t) { return t.tally->ambiguous; }},
    {"hopcost_tap_ring_drops", "Packets that the tap's ring had no room for.",
     [](const TapSummary& t) { return t.ring_drops; }},
}};

void taps(std::string& out, const Summary& s) {
  for (const auto& c : kTapCounters) {
    append_family(out, c.name, "counter", c.help);
    for (const auto& t : s.taps)
      out += fmt::format("{}_total{{{}}} {}\n", c.name, metric_label("tap", t.name), c.value(t));
  }
  append_family(out, "hopcost_tap_missing", "gauge",
                "Probes that some tap saw and this one has not, those under way included.");
  for (const auto& t : s.taps)
    out += fmt::format("hopcost_tap_missing{{{}}} {}\n", metric_label("tap", t.name), t.lost);
  append_family(out, "hopcost_tap_regime", "stateset", "Who took the time stamps.");
  for (const auto& t : s.taps) {
    for (const std::string_view state : {"tap", "software", "hardware", "mixed", "none"})
      out += fmt::format("hopcost_tap_regime{{{},hopcost_tap_regime=\"{}\"}} {}\n",
                         metric_label("tap", t.name), state, t.regime == state ? 1 : 0);
  }
}

void counter(std::string& out, const char* name, const char* help, std::uint64_t value) {
  append_family(out, name, "counter", help);
  out += fmt::format("{}_total {}\n", name, value);
}

}  // namespace

std::string openmetrics_text(const Summary& s, double elapsed_s) {
  std::string out;
  hops(out, s);
  taps(out, s);
  counter(out, "hopcost_other_frames", "Frames at the taps that are no probe of a flow.", s.foreign);
  counter(out, "hopcost_refused_probes", "Probes of too many flows.", s.refused);
  counter(out, "hopcost_evicted_probes", "Probes given up for lack of room: --window.", s.evicted);
  counter(out, "hopcost_restarts", "A sender began its numbers anew.", s.restarts);
  append_family(out, "hopcost_counting_seconds", "gauge", "Since counting began.", "seconds");
  out += fmt::format("hopcost_counting_seconds {:.3f}\n", elapsed_s);
  append_family(out, "hopcost_build", "info", "The program.");
  out += fmt::format("hopcost_build_info{{program=\"analyzer\",version=\"{}\"}} 1\n", HOPCOST_VERSION);
  return out + "# EOF\n";
}

}  // namespace hopcost::analyzer
