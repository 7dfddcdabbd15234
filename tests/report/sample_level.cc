#include "tests/report/sample_level.h"

#include <cmath>
#include <nlohmann/json.hpp>
#include <random>

#include "stats/hdr_histogram.h"
#include "tests/report/sample_mode.h"
#include "tests/report/sample_result.h"

namespace hopcost::campaign {
namespace {

using nlohmann::json;

constexpr double kHostNs = 2210;
constexpr int kVoidBuild = 5;

/// Extra time over host in ns, by position; the names are the tests' own.
double cost_of(const Sample& sample, int level, std::size_t index) {
  const std::string& name = sample.modes[index];
  const double load = 1 + 0.11 * level;
  if (name == "host") return 0;
  if (name == "macvlan") return (sample.undecided ? 2.1 : 67.8) * load;
  if (name == "veth") return 856 * load;
  if (name == "bridge") return 784 * load;
  return 40.0 * static_cast<double>(index * index) * load;
}

json control(const Sample& sample, double estimate, double half) {
  const bool enough = has_intervals(sample);
  return {{"mode", "host"},
          {"estimate_ns", enough ? json(estimate) : json()},
          {"ci95", enough ? band(estimate, half) : json()},
          {"within_build_ci95", enough ? band(estimate, half / 2) : json()},
          {"holds_zero", enough ? json(std::abs(estimate) <= half) : json()}};
}

/// A lane's figure in one build. `speed`: of the CPU in that build, 1 as a rule.
json lane(double cost, double noise, double speed) {
  const double p50 = (kHostNs + cost) * speed;
  return {{"cost_ns", cost * speed + noise},
          {"within_se_ns", 1.1 + cost / 900},
          {"share", (cost + noise / 2) / kHostNs},
          {"p50_ns", p50 + noise}};
}

json builds_json(const Sample& sample, int level) {
  std::mt19937_64 random(77);
  std::normal_distribution<double> noise(0, 1);
  json builds = json::array();
  for (int b = 0; b < sample.builds; ++b) {
    const bool gone = b == kVoidBuild;
    const double speed = 1 + 0.012 * std::sin(b / 3.0);
    json lanes = json::object();
    for (std::size_t i = 0; i < sample.modes.size(); ++i) {
      const double cost = cost_of(sample, level, i);
      json figures = lane(cost, noise(random) * (1 + cost / 150), speed);
      if (cost == 0) figures = {{"p50_ns", figures["p50_ns"]}};
      lanes[sample.modes[i]] = figures;
    }
    lanes["=host"] = lane(-0.3, noise(random) * 1.6, speed);
    lanes["host#2"] = lane(1.9, noise(random) * 2.4, speed);
    for (auto& figures : lanes)
      for (auto& figure : figures)
        if (gone) figure = nullptr;
    builds.push_back({{"build", b},
                      {"begun_s", 0.4 + 5.6 * b},
                      {"void", gone},
                      {"reasons", gone ? json({"the clock stepped by 31 us"}) : json::array()},
                      {"lanes", lanes}});
  }
  return builds;
}

}  // namespace

HdrHistogram sample_times(double median_ns, unsigned packets, unsigned seed) {
  std::mt19937_64 random(seed);
  const double body_ns = median_ns * 0.3;
  std::lognormal_distribution<double> body(std::log(body_ns), 0.25);
  std::uniform_real_distribution<double> share(0, 1);
  HdrHistogram h;
  for (unsigned i = 0; i < packets; ++i) {
    double value = median_ns - body_ns + body(random);
    if (share(random) < 0.004) value += 1900 * -std::log(share(random) + 1e-9);
    if (share(random) < 0.0003) value += 9000 * -std::log(share(random) + 1e-9);
    h.record(static_cast<std::uint64_t>(std::max(0.0, value) / 10) * 10);  // the clock's steps
  }
  return h;
}

HdrHistogram sample_latencies(const Sample& sample, int level, std::size_t index) {
  return sample_times(kHostNs + cost_of(sample, level, index), sample.packets,
                      static_cast<unsigned>(index) + 50U * static_cast<unsigned>(level));
}

namespace {

json chain_json() {
  const auto mode = [](const char* name, int hops, double off) {
    return json{
        {"mode", name}, {"hops", hops}, {"residual", {{"estimate_ns", off}, {"ci95", band(off, 2.5)}}}};
  };
  return {
      {"of", "bridge"},
      {"slope", {{"estimate_ns", 41.5}, {"ci95", band(41.5, 2.5)}}},
      {"p_straight", 0.41},
      {"modes", json::array({mode("bridge", 1, -1.5), mode("bridge-2", 2, 2.5), mode("bridge-4", 4, -1)})}};
}

}  // namespace

json sample_level(const Sample& sample, int level) {
  const double rate = level == 0 ? 20'000 : 20'000 * std::pow(2.5, level);
  json modes = json::array(), pairs = json::array();
  for (std::size_t i = 0; i < sample.modes.size(); ++i)
    modes.push_back(mode_json(sample, {level, i, kHostNs, cost_of(sample, level, i)}));
  if (sample.modes.size() > 2) {
    const double difference = cost_of(sample, level, 2) - cost_of(sample, level, 1);
    pairs = {{{"a", sample.modes[2]},
              {"b", sample.modes[1]},
              {"estimate_ns", has_intervals(sample) ? json(difference) : json()},
              {"ci95", has_intervals(sample) ? band(difference, 6.4) : json()}}};
  }
  const bool many = has_many_containers(level);
  return {{"load",
           {{"rate_pps", rate},
            {"size", 64},
            {"burst", level > 1 ? 8 : 1},
            {"gap", "jittered"},
            {"containers", many ? kContainers : 1},
            {"deal", many ? json("spread") : json()}}},
          {"modes", modes},
          {"pairs", pairs},
          {"aa", control(sample, -0.3, 2.1)},
          {"instance", control(sample, 1.9, 3.6)},
          {"mde_ns", has_intervals(sample) ? json(9.6) : json()},
          {"speed", {{"undisturbed_ns", kHostNs}, {"typical_ns", kHostNs * 1.04}}},
          {"chains", json::array({chain_json()})},
          {"builds", builds_json(sample, level)}};
}

}  // namespace hopcost::campaign
