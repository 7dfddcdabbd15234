// RFC 2544 sections 26.4 (as updated by RFC 9004) and 26.5, and RFC 6201: how long a burst a device takes
// without loss, and how long it needs to recover.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "campaign/device/repeated.h"
#include "campaign/device/tests.h"
#include "stats/search/bisection.h"

namespace hopcost::campaign {
namespace {

using nlohmann::json;

constexpr double kOverload = 1.1, kAfter = 0.5;  // RFC 2544 section 26.5
constexpr double kRecoveryShare = 0.5;           // length of the time after the overload, as a share of the
                                                 // trial's length
constexpr int kBurstTries = 2;

/// The result of one search for the longest burst without loss.
struct OneSearch {
  std::uint64_t longest = 0;
  bool at_limit = false;
  std::string void_reason;
};

Result<OneSearch> search_burst(Turn& turn, std::uint64_t most, Besides& besides) {
  search::BurstSearch s({.longest = most, .step = 1, .repeats = kBurstTries});
  while (const auto burst = s.next()) {
    const TrialPlan plan{.size = turn.facts.size, .fps = turn.facts.max_fps, .burst = *burst};
    auto t = turn.rig.trial("back-to-back", plan);
    if (!t) return forward(t);
    besides.add(*t);
    if (!t->void_reason.empty()) return OneSearch{0, false, t->void_reason};
    s.add(t->lost > 0);
  }
  return OneSearch{s.longest(), s.at_limit(), ""};
}

/// Why a run gives no time: no later frame shows when the device was back. Empty when it gives one.
std::string not_back(const TrialResult& t) {
  return t.missing_at_end == 0
             ? ""
             : fmt::format("the last {} frames of the stream were lost: the device was not back by its end",
                           t.missing_at_end);
}

}  // namespace

Result<json> test_back_to_back(Turn& turn) {
  const DeviceConfig& config = turn.rig.config();
  json j = described("back-to-back", turn.facts);
  if (turn.facts.size == "imix") {
    j["irregular"] = "RFC 9004 leaves mixed sizes out";
    return j;
  }
  auto throughput = rate_of(turn);
  if (!throughput) return forward(throughput);
  j["throughput_fps"] = *throughput;
  const double highest = turn.facts.max_fps;
  if (*throughput >= highest) {
    j["irregular"] = "the throughput is the highest load: no burst fills a buffer (RFC 9004 section 6.1)";
    return j;
  }
  const auto most = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(config.longest_burst_s * highest));
  std::vector<double> bursts;
  Besides besides;
  std::string reason;
  for (std::uint32_t i = 0; i < config.repeats && reason.empty(); ++i) {
    auto one = search_burst(turn, most, besides);
    if (!one) return forward(one);
    if (!one->void_reason.empty()) {
      reason = irregular(one->void_reason);
    } else if (one->at_limit) {
      reason = fmt::format("a burst of {} frames got through: raise --longest-burst", most);
    } else {
      bursts.push_back(static_cast<double>(one->longest));
    }
  }
  const json summary = repeated(bursts);
  j["searches"] = bursts.size();
  j["step_frames"] = 1;
  j["most_frames"] = most;
  j["burst_repeats"] = kBurstTries;
  j["irregular"] = reason;
  j["remarks"] = besides.words();
  j["back_to_back_frames"] = summary;
  j["implied_buffer_s"] = j["corrected_buffer_s"] = nullptr;
  if (bursts.empty()) return j;
  const double implied_s = summary["mean"].get<double>() / highest;
  j["implied_buffer_s"] = implied_s;
  j["corrected_buffer_s"] = implied_s * (1 - *throughput / highest);
  return j;
}

Result<json> test_recovery(Turn& turn) {
  const DeviceConfig& config = turn.rig.config();
  auto throughput = rate_of(turn);
  if (!throughput) return forward(throughput);
  const double overload = std::min(kOverload * *throughput, turn.facts.max_fps);
  const TrialPlan plan{.size = turn.facts.size,
                       .fps = overload,
                       .duration_s = config.trial_s,
                       .then_fps = kAfter * overload,
                       .then_s = std::max(1.0, kRecoveryShare * config.trial_s)};
  std::vector<double> times;
  std::uint64_t lost = 0;
  std::string reason;
  Besides besides;
  for (std::uint32_t i = 0; i < config.repeats && reason.empty(); ++i) {
    auto t = turn.rig.trial("recovery", plan);
    if (!t) return forward(t);
    besides.add(*t);
    reason = irregular(t->void_reason);
    if (!reason.empty()) continue;
    lost += t->lost;
    reason = not_back(*t);
    if (!reason.empty()) {
      times.clear();
    } else if (t->last_gap_s) {
      times.push_back(std::max(0.0, *t->last_gap_s - plan.duration_s));
    }
  }
  json j = described("recovery", turn.facts);
  j["throughput_fps"] = *throughput;
  j["overload_fps"] = overload;
  j["then_fps"] = plan.then_fps;
  j["overload_s"] = plan.duration_s;
  j["lost"] = lost;
  if (reason.empty() && times.empty()) reason = "the overload lost nothing: there is nothing to recover from";
  j["irregular"] = reason;
  j["remarks"] = besides.words();
  const json summary = repeated(times);
  j["recovery_s"] = summary.is_object() ? summary["mean"] : json();
  j["recovery"] = summary;
  return j;
}

Result<json> test_reset(Turn& turn) {
  const DeviceConfig& config = turn.rig.config();
  if (config.reset_command.empty())
    return error(Exit::kUsage, "reset needs to know how the device is reset",
                 "give a shell's words: --reset-command '...'");
  auto rate = rate_of(turn);
  if (!rate) return forward(rate);
  const TrialPlan plan{
      .size = turn.facts.size, .fps = *rate, .duration_s = config.trial_s, .command = config.reset_command};
  std::vector<double> by_loss, by_time;
  std::string reason;
  Besides besides;
  for (std::uint32_t i = 0; i < config.repeats && reason.empty(); ++i) {
    auto t = turn.rig.trial("reset", plan);
    if (!t) return forward(t);
    besides.add(*t);
    reason = irregular(t->void_reason);
    if (!reason.empty()) continue;
    reason = not_back(*t);
    if (!reason.empty()) {
      by_loss.clear();
      by_time.clear();
      continue;
    }
    by_loss.push_back(static_cast<double>(t->lost) / *rate);
    by_time.push_back(t->lost == 0 ? 0 : std::max(0.0, t->longest_silence_s - 1 / *rate));
  }
  json j = described("reset", turn.facts);
  j["rate_fps"] = *rate;
  j["command"] = config.reset_command;
  j["reset_s"] = {{"frame_loss", repeated(by_loss)}, {"timestamp", repeated(by_time)}, {"trials", by_loss}};
  j["irregular"] = reason;
  j["remarks"] = besides.words();
  return j;
}

}  // namespace hopcost::campaign
