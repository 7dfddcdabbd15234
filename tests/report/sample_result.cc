#include "tests/report/sample_result.h"

#include <fmt/format.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "stats/hdr_codec.h"
#include "stats/hdr_histogram.h"
#include "tests/report/sample_level.h"

namespace hopcost::campaign {
namespace {

using nlohmann::json;

json campaign_json(const Sample& sample) {
  const int gone = sample.builds > 5 ? 1 : 0;
  return {{"modes", sample.modes},
          {"backend", sample.rootless ? "af_packet" : "af_xdp"},
          {"tap_kind", sample.rootless ? "af_packet" : "bpf"},
          {"seed", 42},
          {"budget_s", 90},
          {"slot_ms", 400},
          {"end_slot_stretch", 2.5},
          {"train", 16},
          {"untimed", 6},
          {"instances", 3},
          {"builds", sample.builds - gone},
          {"builds_void", gone},
          {"target_half_width_ns", 10},
          {"ended_by", !sample.complete   ? "stop"
                       : sample.undecided ? "budget"
                                          : "width"},
          {"steering", "inline"}};
}

json verdict_json(const Sample& sample) {
  json v{{"fit", sample.fit}, {"reasons", json::array()}, {"next", json::array()}};
  if (!sample.fit)
    v["reasons"] = {
        "stamps: software; a socket of this host asks for receive stamps: stop chrony, or use --tap-kind "
        "bpf"};
  if (sample.undecided) v["next"] = {"macvlan: about 41 builds would decide it: --budget 4min"};
  return v;
}

json generator_json(unsigned packets) {
  return {{"offered_pps", 20000},
          {"achieved_pps", 19999.4},
          {"departures", packets},
          {"within_64_ns", packets * 0.962},
          {"within_128_ns", packets * 0.988},
          {"within_256_ns", packets * 0.9963},
          {"within_512_ns", packets * 0.9991},
          {"late_p50_ns", 21},
          {"late_p99_ns", 148},
          {"late_max_ns", 38211},
          {"micro_bursts", 12},
          {"missed_slots", 0},
          {"tx_errors", 0},
          {"clock_uncertainty_ns", 4.2}};
}

json diagnostics_json() {
  return {{"late_share", 0.0021},  {"steal_ms", 412.5},     {"softnet_squeezed", 3},
          {"softnet_dropped", 0},  {"work_ns_min", 100210}, {"work_ns_median", 103977},
          {"work_ns_max", 138402}, {"negative", 0}};
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
  json r = sample_level(sample, 0);
  r["schema"] = "hopcost.result/2";
  r["version"] = "0.1.0";
  r["command"] = {"hopcost", "run", "--budget", "90s", "--seed", "42"};
  r["started"] = "2026-01-02T03:04:05Z";
  r["elapsed_s"] = 5.6 * sample.builds;
  r["complete"] = sample.complete;
  r["partial_reason"] = sample.complete ? json() : json("stopped by SIGINT");
  r["verdict"] = verdict_json(sample);
  r["campaign"] = campaign_json(sample);
  r["further_levels"] = json::array();
  for (int level = 1; level < sample.loads; ++level)
    r["further_levels"].push_back(sample_level(sample, level));
  r["clocks"] = {{"step_ns", 0.385}, {"cpus", 2}, {"cpu_bound_ns", nullptr}};
  r["stamp_regime"] = sample.fit ? "tap" : "software";
  r["generator"] = generator_json(sample.packets);
  r["diagnostics"] = diagnostics_json();
  r["environment"] = environment_json();
  return r;
}

void write_sample(const std::filesystem::path& folder, const Sample& sample, const json& result) {
  write_text(folder / "result.json", result.dump(1));
  write_text(folder / "environment.json", environment_json().dump(1));
  for (int level = 0; level < sample.loads; ++level) {
    const json modes = sample_level(sample, level)["modes"];
    for (std::size_t i = 0; i < modes.size(); ++i) {
      write_log(folder / modes[i]["hlog"].get<std::string>(), sample_latencies(sample, level, i));
      unsigned seed = static_cast<unsigned>(i);
      for (const auto& hop : modes[i]["hops"]) {
        const auto ns = hop["p50_ns"].is_null() ? 300.0 : hop["p50_ns"].get<double>();
        write_log(folder / hop["hlog"].get<std::string>(), sample_times(ns, sample.packets / 20, ++seed));
      }
    }
  }
}

void write_sample(const std::filesystem::path& folder, const Sample& sample) {
  write_sample(folder, sample, sample_result(sample));
}

}  // namespace hopcost::campaign
