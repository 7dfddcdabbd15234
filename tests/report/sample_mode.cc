#include "tests/report/sample_mode.h"

#include <fmt/format.h>

#include <cmath>

#include "stats/hdr_histogram.h"
#include "tests/report/sample_level.h"
#include "tests/report/sample_result.h"

namespace hopcost::campaign {
namespace {

using nlohmann::json;

json band_if(bool known, double middle, double half) {
  return known ? band(middle, half) : json();
}
json figure(bool known, double middle, double half) {
  return {{"estimate", middle}, {"ci95", band_if(known, middle, half)}};
}

json end_to_end(const HdrHistogram& h, bool intervals) {
  json e{{"count", h.count()}, {"mean", h.mean()},       {"min", h.min()},
         {"max", h.max()},     {"ci95", json::object()}, {"undefined", json::object()}};
  const std::pair<const char*, double> quantiles[] = {
      {"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p999", 0.999}, {"p9999", 0.9999}};
  for (const auto& [name, q] : quantiles) {
    if (static_cast<double>(h.count()) * (1 - q) < 100) {
      e[name] = nullptr;
      e["undefined"][name] = "needs 100 packets beyond it";
      continue;
    }
    const double value = h.interpolated_quantile(q);
    e[name] = value;
    if (intervals)
      e["ci95"][name] = band(value, 9 + 300 * q * q / std::sqrt(static_cast<double>(h.count()) * (1 - q)));
  }
  return e;
}

json budget(const json& terms) {
  double squares = 0;
  bool complete = true;
  for (const auto& term : terms) {
    complete = complete && !term["ns"].is_null();
    if (!term["ns"].is_null()) squares += std::pow(term["ns"].get<double>(), 2);
  }
  constexpr double kT = 2.17;
  return {{"terms", terms},
          {"combined_ns", std::sqrt(squares)},
          {"coverage_factor", kT},
          {"degrees_of_freedom", 12.4},
          {"expanded_ns", kT * std::sqrt(squares)},
          {"complete", complete}};
}

json term(const char* name, const json& ns, const char* how) {
  return {{"term", name}, {"ns", ns}, {"how", how}};
}

json cost_budget(const std::string& name, double half) {
  const bool unknown = name == "veth";
  return budget(
      {term("stamp quantisation", 0.003, "uniform over the counter's step of 0.385 ns at both stamps"),
       term("clock fit", 0, "the lanes of a slot share the sender's clock and its fit"),
       term("cross-CPU clock", unknown ? json() : json(0),
            unknown ? "no two CPUs' clocks could be compared" : "no packet changed the CPU"),
       term("within build", half / 5, "scatter of the mirrored pairs, over all builds"),
       term("CPU speed", half / 9, "how surely the cost is taken to the speed of the undisturbed CPU"),
       term("between builds", half / 2.3, "scatter of the builds' figures above that")});
}

json hop_budget(bool first) {
  return budget(
      {term("stamp quantisation", 0.002, "uniform over the counter's step of 0.385 ns at both stamps"),
       term("clock fit", first ? 0.9 : 0, first ? "the worst slot's fit" : "both stamps are of one clock"),
       term("cross-CPU clock", first ? json(0) : json(),
            first ? "no packet changed the CPU" : "not compared"),
       term("within build", 1.3, "scatter of the mirrored pairs, over all builds"),
       term("between builds", 2.4, "scatter of the builds' figures above that")});
}

/// `crossed` of 1000 packets changed the CPU; AF_PACKET taps do not tell.
json cpus(const Sample& sample, std::uint64_t crossed, std::uint64_t packets) {
  if (sample.rootless) return {{"same", 0}, {"cross", 0}, {"unknown", packets}, {"cross_share", nullptr}};
  return {{"same", packets - packets * crossed / 1000},
          {"cross", packets * crossed / 1000},
          {"unknown", 0},
          {"cross_share", static_cast<double>(crossed) / 1000}};
}

json cost_json(const Sample& sample, const SampleMode& mode) {
  const std::string& name = sample.modes[mode.index];
  const double cost = mode.cost_ns, half = 3 + cost * 0.009;
  const bool known = has_intervals(sample), shown = known && cost > half;
  json c = figure(known, cost, half);
  c["within_build_ci95"] = band_if(known, cost, half / 3);
  c["between_build_sd"] = sample.builds > 1 ? json(half * 1.5) : json();
  c["share_of_host"] = figure(known, cost / mode.host_ns, half / mode.host_ns * 0.8);
  c["typical"] = figure(known, cost * 1.03, half * 2);
  c["ns_per_host_ns"] = cost / mode.host_ns * 0.8;
  c["builds"] = sample.builds - (sample.builds > 5 ? 1 : 0);
  c["widened"] = known ? json(name == "veth" ? 1.83 : 1.12) : json();
  c["p_value"] = known ? json(shown ? 3e-5 : 0.4) : json();
  c["p_holm"] = known ? json(shown ? 9e-5 : 0.4) : json();
  c["verdict"] = shown ? "higher" : "undecided";
  c["builds_wanted"] = known && !shown ? json(41) : json();
  c["uncertainty"] = known ? cost_budget(name, half) : json();
  c["shift"] = {{"p50", figure(known, cost, half)},
                {"p90", figure(known, cost * 1.06 + 1, half * 1.4)},
                {"p99", figure(known, cost * 1.2 + 6, half * 4)},
                {"p999", name == "veth" ? json() : figure(known, cost * 1.35 + 40, half * 14)}};
  return c;
}

/// Where the packets of a mode are watched, and what share of the time lies before each point.
std::vector<std::pair<std::string, double>> points(const Sample& sample, const SampleMode& mode) {
  if (sample.rootless && mode.cost_ns == 0) return {{"wire", 1}};
  if (sample.rootless) return {{"wire", 0.62}, {"container", 0.38}};
  if (mode.cost_ns == 0) return {{"wire", 0.58}, {"socket", 0.42}};
  if (mode.cost_ns < 100) return {{"wire", 0.56}, {"container", 0.05}, {"socket", 0.39}};
  return {{"wire", 0.42}, {"bridge_port", 0.19}, {"container", 0.11}, {"socket", 0.28}};
}

/// `crosses`: some of the packets change the CPU, and take longer.
json hop_cpus(const Sample& sample, double ns, bool crosses) {
  json j = cpus(sample, crosses ? 37 : 0, sample.packets / 4);
  j["same_p50_ns"] = sample.rootless ? json() : json(ns - 5);
  j["cross_p50_ns"] = crosses && !sample.rootless ? json(ns + 900) : json();
  return j;
}

/// The medians add up to `p50`.
json hops_json(const Sample& sample, const SampleMode& mode, double p50) {
  const bool known = has_intervals(sample);
  const auto path = points(sample, mode);
  json hops = json::array();
  std::string from = "tx";
  double so_far = 0;
  for (const auto& [to, share] : path) {
    const bool last = hops.size() + 1 == path.size();
    const double ns = last ? p50 - so_far : std::floor(p50 * share);
    so_far += ns;
    json hop{
        {"from", from}, {"to", to}, {"part", to == "container" && !last ? json("backlog wait") : json()}};
    hop["p50_ns"] = ns;
    hop["ci95"] = band_if(known, ns, 5.2);
    hop["tap_cost_ns"] = last ? json() : figure(known, 181 + ns / 50, 6.5);
    hop["watched"] = {{"p50_ns", ns * 1.2}, {"p99_ns", ns * 2.1}, {"count", sample.packets / 20}};
    hop["cpu"] = hop_cpus(sample, ns, to == "container");
    hop["uncertainty"] = known ? hop_budget(from == "tx") : json();
    hop["hlog"] = fmt::format("load{}-mode{}-hop{}.hlog", mode.level, mode.index, hops.size());
    if (!sample.fit && from != "tx") {
      for (const char* key : {"p50_ns", "ci95", "tap_cost_ns", "uncertainty"}) hop[key] = nullptr;
      hop["watched"] = {{"p50_ns", nullptr}, {"p99_ns", nullptr}, {"count", nullptr}};
      hop["invalid"] = "the kernel stamped the packet before the tap";
    }
    hops.push_back(std::move(hop));
    from = to;
  }
  return hops;
}

json all_taps(const Sample& sample, std::size_t hops) {
  if (hops < 2 || !sample.fit) return nullptr;
  const double taps = 186.0 * static_cast<double>(hops - 1);
  return {{"excess_ns", taps - 8.4},
          {"ci95", band_if(has_intervals(sample), taps - 8.4, 11)},
          {"taps_ns", taps},
          {"shared_ns", 8.4},
          {"shared_ci95", band_if(has_intervals(sample), 8.4, 9)}};
}

json containers(const Sample& sample, const SampleMode& mode, double p50) {
  if (!has_many_containers(mode.level)) return nullptr;
  const bool known = has_intervals(sample);
  json each = json::array();
  for (int c = 0; c < kContainers; ++c) {
    const double ns = p50 + (mode.cost_ns == 0 ? 1 : 12) * c;
    each.push_back(
        {{"p50_ns", ns}, {"ci95", band_if(known, ns, 22)}, {"packets", 9400}, {"lost", c == 2 ? 3 : 0}});
  }
  return {{"fairness",
           {{"latency", {{"estimate", 0.9987}, {"ci95", known ? json{0.998, 0.9991} : json()}}},
            {"delivery", {{"estimate", 1}, {"ci95", known ? json{1, 1} : json()}}}}},
          {"each", each}};
}

json per_packet(const Sample& sample, double cost) {
  if (sample.rootless)
    return {{"cycles", nullptr},
            {"instructions", nullptr},
            {"page_faults", nullptr},
            {"context_switches", nullptr},
            {"missing", "perf_event_open is refused without root"}};
  return {{"cycles", 5200 + 3 * cost},
          {"instructions", 6100 + 4 * cost},
          {"context_switches", 0.0004},
          {"page_faults", nullptr},
          {"missing", "page_faults: refused by the kernel"}};
}

}  // namespace

json band(double middle, double half) {
  return {middle - half, middle + half};
}

bool has_intervals(const Sample& sample) {
  return sample.builds >= 8;
}

json mode_json(const Sample& sample, const SampleMode& mode) {
  const HdrHistogram h = sample_latencies(sample, mode.level, mode.index);
  const std::uint64_t lost = mode.index == 2 ? 3 : 0;
  json m{{"name", sample.modes[mode.index]}, {"topology", sample.modes[mode.index]}};
  m["sent"] = h.count() + lost;
  m["received"] = h.count();
  m["lost"] = lost;
  m["duplicates"] = 0;
  m["reordered"] = mode.index == 3 ? 2 : 0;
  m["end_to_end_ns"] = end_to_end(h, has_intervals(sample));
  m["cpu"] = cpus(sample, mode.index == 2 ? 37 : 0, h.count());
  m["cost_vs_host_ns"] = mode.cost_ns == 0 ? json() : cost_json(sample, mode);
  m["hops"] = hops_json(sample, mode, h.interpolated_quantile(0.5));
  m["all_taps"] = all_taps(sample, m["hops"].size());
  m["containers"] = containers(sample, mode, h.interpolated_quantile(0.5));
  m["per_packet"] = per_packet(sample, mode.cost_ns);
  m["taps"] = json::array();
  for (const auto& hop : m["hops"])
    m["taps"].push_back({{"name", hop["to"]},
                         {"device", hop["to"] == "wire" ? json("d0") : json("eth0")},
                         {"seen", h.count() / 20},
                         {"lost", 0},
                         {"duplicates", 0},
                         {"reordered", 0},
                         {"ring_drops", 0}});
  m["slots"] = 12 * sample.builds;
  m["void_slots"] = mode.index == 2 ? 1 : 0;
  m["void_reasons"] = mode.index == 2 ? json{{"ring_drops", 1}} : json::object();
  m["hlog"] = fmt::format("load{}-mode{}.hlog", mode.level, mode.index);
  return m;
}

}  // namespace hopcost::campaign
