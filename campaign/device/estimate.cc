#include "campaign/device/estimate.h"

#include <algorithm>
#include <cmath>

namespace hopcost::campaign {
namespace {

constexpr double kLoads = 7;       // loads that a search has to decide: its bounds and those on the way
constexpr double kLossPoints = 7;  // of a curve that ends at about half of the highest load
constexpr double kBurstTrials = 16;
constexpr double kAddressTrials = 13;  // bisection of 8192
constexpr double kManyTrials = 21;     // by which CSIT's goals decide one load

bool asks_rate(const std::string& test) {
  return test != "loss" && test != "congestion" && test != "caching" && test != "learning";
}

double search_trials(const DeviceConfig& c) {
  double trials = 0;
  for (const auto& goal : c.goals)
    trials += c.searches * kLoads * (goal == "rfc2544" ? 1 : goal == "tst009" ? 1.5 : kManyTrials / 2);
  return trials;
}

}  // namespace

double expected_seconds(const DeviceConfig& c) {
  const double trial = c.trial_s + c.pause_s + c.ramp_s;
  double each = 0;
  bool searches = false;
  for (const auto& test : c.tests) {
    searches = searches || test == "throughput" || (asks_rate(test) && c.rate_fps == 0);
    if (test == "congestion") each += trial;
    if (test == "latency" || test == "reset") each += c.repeats * trial;
    if (test == "recovery") each += c.repeats * (trial + 0.5 * c.trial_s);
    if (test == "loss") each += kLossPoints * trial;
    if (test == "forwarding") each += kLossPoints * trial;
    if (test == "caching" || test == "learning") each += kAddressTrials * (c.dut.empty() ? c.ageing_s : 2);
    if (test == "back-to-back") each += c.repeats * kBurstTrials * (c.pause_s + 0.1 * c.longest_burst_s);
  }
  if (searches) each += search_trials(c) * trial;
  return each * static_cast<double>(c.sizes.size() * c.modifiers.size());
}

}  // namespace hopcost::campaign
