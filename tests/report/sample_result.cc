#include "tests/report/sample_result.h"

#include <fmt/format.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>

#include "stats/hdr_codec.h"
#include "stats/hdr_histogram.h"
#include "stats/uncertainty.h"

namespace hopcost::campaign {
namespace {

using nlohmann::json;

/// Extra time over host in ns, by position; the names are the tests' own.
double cost_of(const std::string& name, std::size_t index) {
  if (name == "host") return 0;
  if (name == "macvlan") return 22.4;
  if (name == "veth") return 182;
  if (name == "bridge") return 350;
  return 40.0 * static_cast<double>(index * index);
}

json band(double middle, double half) {
  return {middle - half, middle + half};
}
json figure(double middle, double half) {
  return {{"estimate", middle}, {"ci95", band(middle, half)}};
}

json end_to_end(const HdrHistogram& h) {
  json e{{"count", h.count()},
         {"mean", h.mean()},
         {"min", h.min()},
         {"max", h.max()},
         {"undefined", json::object()}};
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
    e["ci95"][name] = band(value, 1 + 30 * q * q / std::sqrt(static_cast<double>(h.count()) * (1 - q)));
  }
  return e;
}

HdrHistogram latencies(double cost, unsigned packets, unsigned seed) {
  std::mt19937_64 random(seed);
  std::lognormal_distribution<double> body(std::log(60.0), 0.35);
  std::uniform_real_distribution<double> share(0, 1);
  HdrHistogram h;
  for (unsigned i = 0; i < packets; ++i) {
    double value = 270 + cost + body(random);
    if (share(random) < 0.004) value += 900 * -std::log(share(random) + 1e-9);
    if (share(random) < 0.0003) value += 9000 * -std::log(share(random) + 1e-9);
    h.record(static_cast<std::uint64_t>(std::max(0.0, value) / 10) * 10);  // the clock's steps
  }
  return h;
}

/// The terms of a cost; those of a hop have no instance.
UncertaintyBudget cost_budget(const std::string& name, double half) {
  return {{{"stamp quantisation", 0.003, "uniform over the counter's step of 0.385 ns at both stamps"},
           {"clock fit", 1.2, "the worst slot's fit of the sender's clock, independent from slot to slot"},
           {"tap bias", 0, "one tap of the same kind at the end of every mode: falls out of the difference"},
           {"cross-CPU clock", name == "veth" ? std::nullopt : std::optional<double>(0),
            name == "veth" ? "no two CPUs' clocks could be compared"
                           : "every packet's two stamps were taken on one CPU"},
           {"block statistics", half / 1.96, "half-width of the cost's interval over blocks / 1.96"},
           {"instance", 1.8, "a second build of host differs by so much, taken as uniform"}}};
}

UncertaintyBudget hop_budget(const std::string& from) {
  return {{{"stamp quantisation", 0.002, "uniform over the counter's step of 0.385 ns at both stamps"},
           {"clock fit", from == "tx" ? 0.9 : 0, "the worst slot's fit of the sender's clock"},
           {"tap bias", from == "tx" ? 0 : 1.53, "half-width of the interval of the tap's cost / 1.96"},
           {"cross-CPU clock", from == "tx" ? std::optional<double>(0) : std::nullopt,
            from == "tx" ? "every packet's two stamps were taken on one CPU"
                         : "no two CPUs' clocks could be compared"},
           {"block statistics", 2.04, "half-width of the mean's interval over blocks / 1.96"}}};
}

/// `crossed` of 1000 packets changed the CPU.
json cpus(std::uint64_t crossed, std::uint64_t packets) {
  return {{"same", packets - packets * crossed / 1000},
          {"cross", packets * crossed / 1000},
          {"unknown", 0},
          {"cross_share", static_cast<double>(crossed) / 1000}};
}

json cost_json(const std::string& name, double cost) {
  const double half = 5.5 + cost * 0.004;
  const bool shown = cost > half;
  return {{"estimate", cost},
          {"ci95", band(cost, half)},
          {"bootstrap_ci95", band(cost + 0.4, half * 0.94)},
          {"p_value", shown ? 1e-6 : 0.4},
          {"p_holm", shown ? 3e-6 : 0.4},
          {"verdict", shown ? "higher" : "undecided"},
          {"mean", figure(cost * 1.02, half * 1.5)},
          {"shift",
           {{"p50", figure(cost, half)},
            {"p90", figure(cost * 1.06 + 1, half * 1.4)},
            {"p99", figure(cost * 1.2 + 6, half * 4)},
            {"p999", name == "veth" ? json(nullptr) : figure(cost * 1.35 + 40, half * 14)}}},
          {"uncertainty", to_json(cost_budget(name, half))}};
}

/// `crosses`: some of the packets change the CPU, and take longer.
json hop_cpus(double mean, bool crosses, std::uint64_t packets) {
  json j = cpus(crosses ? 37 : 0, packets);
  j["same_p50_ns"] = mean - 5;
  j["cross_p50_ns"] = crosses ? json(mean + 900) : json(nullptr);
  return j;
}

json hops_json(const Sample& sample, double cost, std::size_t index) {
  const std::pair<const char*, double> parts[] = {
      {"wire", 268}, {"bridge_port", cost * 0.55}, {"container", cost * 0.4}};
  json hops = json::array();
  std::string from = "tx";
  for (const auto& [to, mean] : parts) {
    if (mean < 1) continue;
    const std::string log = fmt::format("mode{}-hop{}.hlog", index, hops.size());
    hops.push_back({{"hlog", log},
                    {"from", from},
                    {"to", to},
                    {"mean_ns", mean},
                    {"p50_ns", mean - 4},
                    {"p99_ns", mean * 1.9},
                    {"ci95", band(mean, 4)},
                    {"raw_mean_ns", mean + 58},
                    {"tap_cost_ns", 58},
                    {"part", to == std::string("container") ? json("backlog wait") : json(nullptr)},
                    {"cpu", hop_cpus(mean, hops.size() == 2, sample.packets / 4)},
                    {"uncertainty", to_json(hop_budget(from))}});
    from = to;
  }
  return hops;
}

json blocks_json(const Sample& sample, double cost, std::size_t index) {
  std::mt19937_64 random(index + 100);
  std::normal_distribution<double> noise(0, 4);
  json blocks = json::array();
  for (int b = 0; b < sample.blocks; ++b) {
    const double drift = 12 * std::sin(b / 5.0);
    const double off = noise(random);
    const bool gone = b == 7 || (b == 15 && index == 2);
    const double p50 = 329 + cost + drift + off;
    blocks.push_back({{"block", b},
                      {"p50_ns", gone ? json(nullptr) : json(p50)},
                      {"mean_ns", gone ? json(nullptr) : json(p50 + 9)},
                      {"cost_ns", gone || cost == 0 ? json(nullptr) : json(cost + off)}});
  }
  return blocks;
}

json mode_json(const Sample& sample, std::size_t index) {
  const std::string& name = sample.modes[index];
  const double cost = cost_of(name, index);
  const HdrHistogram h = latencies(cost, sample.packets, static_cast<unsigned>(index));
  const json hops = hops_json(sample, cost, index);
  double sum = 0;
  for (const auto& hop : hops) sum += hop["mean_ns"].get<double>();
  const std::uint64_t lost = index == 2 ? 3 : 0;
  const std::uint64_t sent = h.count() + lost;
  const auto tap = [&](const char* tap_name, const char* device) {
    return json{{"name", tap_name}, {"device", device}, {"seen", h.count()}, {"lost", lost},
                {"duplicates", 0},  {"reordered", 0},   {"ring_drops", 0}};
  };
  return {{"name", name},
          {"topology", name},
          {"sent", sent},
          {"received", h.count()},
          {"lost", lost},
          {"duplicates", 0},
          {"reordered", index == 3 ? 2 : 0},
          {"end_to_end_ns", end_to_end(h)},
          {"cpu", cpus(index == 2 ? 37 : 0, h.count())},
          {"cost_vs_host_ns", name == "host" ? json(nullptr) : cost_json(name, cost)},
          {"hops", hops},
          {"closure",
           {{"end_to_end_mean_ns", h.mean()},
            {"hop_sum_ns", sum},
            {"unexplained_ns", h.mean() - sum},
            {"ci95", band(h.mean() - sum, 6)}}},
          {"per_packet",
           {{"cycles", 1900 + 4 * cost},
            {"instructions", 2400 + 5 * cost},
            {"context_switches", 0.0004},
            {"page_faults", nullptr},
            {"missing", "page_faults: refused by the kernel"}}},
          {"taps", {tap("wire", "d0"), tap("container", "eth0")}},
          {"slots", 2 * sample.blocks},
          {"void_slots", index == 2 ? 6 : 1},
          {"void_reasons", {{"late", 1}}},
          {"blocks", blocks_json(sample, cost, index)},
          {"hlog", "mode" + std::to_string(index) + ".hlog"}};
}

json campaign_json(const Sample& sample) {
  return {{"modes", sample.modes},
          {"backend", "af_xdp"},
          {"tap_kind", "bpf"},
          {"seed", 42},
          {"budget_s", 60},
          {"slot_ms", 100},
          {"blocks", sample.blocks - 1},
          {"blocks_void", 1},
          {"target_half_width_ns", 5},
          {"steering", "inline"},
          {"twin_of", "host"}};
}

json generator_json(unsigned packets) {
  return {{"offered_pps", 20000},
          {"achieved_pps", 19999.4},
          {"departures", packets},
          {"within_64_ns", packets * 0.962},
          {"within_128_ns", packets * 0.988},
          {"within_256_ns", packets * 0.9963},
          {"within_512_ns", packets * 0.9991},
          {"late_p99_ns", 148},
          {"micro_bursts", 12},
          {"missed_slots", 0},
          {"clock_uncertainty_ns", 4.2}};
}

json environment_json() {
  return {{"kernel", "6.1.0-18-amd64"},
          {"cpu", "Example CPU at 2.60 GHz"},
          {"cpus", 2},
          {"clocksource", "tsc"},
          {"hypervisor", nullptr},
          {"cmdline", "BOOT_IMAGE=/vmlinuz root=/dev/vda1 quiet isolcpus=1 nohz_full=1"},
          {"mitigations", {{"meltdown", "Not affected"}, {"spectre_v2", "Mitigation: Enhanced IBRS"}}},
          {"sysctls", {{"net.core.rmem_max", "212992"}, {"net.bridge.bridge-nf-call-iptables", "0"}}},
          {"topologies", {{"bridge", {{"dut", {{"br0", {{"stp", false}, {"mtu", 1500}}}}}}}}},
          {"versions", {{"hopcost", "0.1.0"}, {"libxdp", "1.3.1"}}},
          {"placement", {{"pktgen_cpu", 1}, {"analyzer_cpu", 0}}},
          {"irq", json::object()}};
}

void write_text(const std::filesystem::path& file, const std::string& text) {
  std::ofstream(file) << text;
}

void write_log(const std::filesystem::path& file, const HdrHistogram& h) {
  write_text(file,
             "#[Histogram log format version 1.3]\n\"StartTimestamp\",\"Interval_Length\",\"Interval_Max\","
             "\"Interval_Compressed_Histogram\"\n0.000,1.000,1.000," +
                 encode_base64(h) + "\n");
}

}  // namespace

json sample_result(const Sample& sample) {
  json r{{"schema", "hopcost.result/1"},
         {"version", "0.1.0"},
         {"started", "2026-01-02T03:04:05Z"},
         {"elapsed_s", 57.8},
         {"complete", sample.complete},
         {"stamp_regime", "tap"},
         {"mde_ns", 9.6},
         {"pairs", json::array()}};
  r["command"] = {"hopcost", "run", "--budget", "60s", "--seed", "42"};
  r["partial_reason"] = sample.complete ? json(nullptr) : json("stopped by SIGINT");
  r["verdict"] = {{"fit", sample.fit}, {"reasons", json::array()}};
  if (!sample.fit) r["verdict"]["reasons"] = {"12 % of bridge's slots were void (late: 6)"};
  r["campaign"] = campaign_json(sample);
  r["load"] = {{"rate_pps", 20000}, {"size", 64}, {"burst", 1}, {"gap", "jittered"}};
  r["modes"] = json::array();
  for (std::size_t i = 0; i < sample.modes.size(); ++i) r["modes"].push_back(mode_json(sample, i));
  if (sample.modes.size() > 2)
    r["pairs"] = {
        {{"a", sample.modes[2]}, {"b", sample.modes[1]}, {"estimate_ns", 168}, {"ci95", {160, 176}}}};
  r["aa"] = {{"mode", "host"}, {"estimate_ns", -1.2}, {"ci95", {-6.1, 4.4}}, {"holds_zero", true}};
  r["rebuild"] = {{"mode", "host"}, {"estimate_ns", 3.1}, {"ci95", {-2.8, 8.9}}, {"holds_zero", true}};
  r["tap_cost_ns"] = {{"in", figure(58, 3)}, {"out", nullptr}};
  r["uncertainty_budget"] = nullptr;
  if (sample.modes.size() > 1) {
    r["uncertainty_budget"] = r["modes"].back()["cost_vs_host_ns"]["uncertainty"];
    r["uncertainty_budget"]["mode"] = sample.modes.back();
  }
  r["clocks"] = {{"step_ns", 0.385}, {"cpus", 2}, {"cpu_bound_ns", nullptr}};
  r["generator"] = generator_json(sample.packets);
  r["environment"] = environment_json();
  return r;
}

void write_sample(const std::filesystem::path& folder, const Sample& sample, const json& result) {
  write_text(folder / "result.json", result.dump(1));
  write_text(folder / "environment.json", environment_json().dump(1));
  for (std::size_t i = 0; i < sample.modes.size(); ++i) {
    const HdrHistogram h = latencies(cost_of(sample.modes[i], i), sample.packets, static_cast<unsigned>(i));
    write_log(folder / fmt::format("mode{}.hlog", i), h);
    const json hops = hops_json(sample, cost_of(sample.modes[i], i), i);
    for (std::size_t k = 0; k < hops.size(); ++k) {
      const double mean = hops[k]["mean_ns"].get<double>();
      write_log(folder / hops[k]["hlog"].get<std::string>(),
                latencies(mean - 335, sample.packets / 4, static_cast<unsigned>(i + k)));
    }
  }
}

void write_sample(const std::filesystem::path& folder, const Sample& sample) {
  write_sample(folder, sample, sample_result(sample));
}

}  // namespace hopcost::campaign
