// RFC 2544 section 26.1 with the search of RFC 9971, and the loss curve of section 26.3.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "campaign/device/tests.h"
#include "stats/search/mlr.h"

namespace hopcost::campaign {
namespace {

using nlohmann::json;

constexpr double kLeastShare = 1e-4;  // lowest load of a search, as a share of the highest: a device that
                                      // forwards less forwards nothing
constexpr double kLeastFrames = 10;   // fewest frames of a trial: fewer say little
constexpr std::size_t kMostTrials = 400;
constexpr search::Time kLongestCsitTrial(1'000'000);  // 21 of them decide a load

json maybe(const std::optional<double>& value) {
  return value ? json(*value) : json();
}

json mlr_json(const search::GoalResult& r) {
  return {{"goal", r.goal.name},
          {"loss_ratio", r.goal.loss.value()},
          {"exceed_ratio", r.goal.exceed.value()},
          {"final_trial_s", static_cast<double>(r.goal.final_trial.count()) / 1e6},
          {"duration_sum_s", static_cast<double>(r.goal.duration_sum.count()) / 1e6},
          {"width", r.goal.width},
          {"relevant_lower_fps", maybe(r.lower)},
          {"relevant_upper_fps", maybe(r.upper)},
          {"conditional_throughput_fps", r.conditional_throughput},
          {"irregular", r.irregular}};
}

/// Where frames were lost, summed over several trials.
struct LostAt {
  Losses sum;
  std::uint64_t lost = 0;
  void add(const TrialResult& t) {
    lost += t.lost;
    sum.unsent += t.losses.unsent;
    sum.receiver += t.losses.receiver;
    if (t.losses.wire) sum.wire = sum.wire.value_or(0) + *t.losses.wire;
    if (t.losses.device) sum.device = sum.device.value_or(0) + *t.losses.device;
  }
  [[nodiscard]] json to_json() const {
    json all = campaign::to_json(sum);
    all["lost"] = lost;
    return all;
  }
};

/// Sums over the trials of all searches.
struct AllTrials {
  LostAt lost;
  Besides besides;
};

search::Range range_of(const Turn& turn, const std::vector<search::Goal>& goals) {
  const auto shortest = std::ranges::min(goals, {}, &search::Goal::initial_trial).initial_trial;
  const double shortest_s = static_cast<double>(shortest.count()) / 1e6;
  const double least = std::max(kLeastFrames / shortest_s, kLeastShare * turn.facts.max_fps);
  return {.min_load = std::min(least, turn.facts.max_fps),
          .max_load = turn.facts.max_fps,
          .most_trials = kMostTrials};
}

Result<Found> search_once(Turn& turn, const std::vector<search::Goal>& goals, AllTrials& trials) {
  search::MlrSearch mlr(goals, range_of(turn, goals));
  double tolerated = 1;
  for (const search::Goal& goal : goals) tolerated = std::min(tolerated, goal.loss.value());
  std::string void_reason, doubt;
  while (const auto ask = mlr.next()) {
    const TrialPlan plan{.size = turn.facts.size,
                         .fps = ask->load,
                         .duration_s = static_cast<double>(ask->duration.count()) / 1e6,
                         .tolerated_loss = tolerated};
    auto t = turn.rig.trial("throughput", plan);
    if (!t) return forward(t);
    if (!t->void_reason.empty() && !t->doubtful) {
      void_reason = t->void_reason;
      break;
    }
    if (t->doubtful) doubt = t->void_reason;  // a trial without loss still holds
    trials.lost.add(*t);
    trials.besides.add(*t);
    mlr.add(to_search(plan, *t));
  }
  Found found;
  found.ended_early = void_reason;
  found.mlr = json::array();
  for (search::GoalResult& r : mlr.results()) {
    if (!void_reason.empty()) r.irregular = irregular(void_reason);
    if (void_reason.empty() && !doubt.empty()) r.irregular = "the upper bound may be the tester's: " + doubt;
    found.mlr.push_back(mlr_json(r));
  }
  const auto first = mlr.results().front();
  found.fps = first.lower.value_or(0);
  found.upper_fps = first.upper;
  found.irregular = found.mlr.front()["irregular"];
  return found;
}

}  // namespace

Result<search::Goal> goal_of(const std::string& name, const DeviceConfig& config) {
  const search::Time trial(std::llround(config.trial_s * 1e6));
  const search::Time csit = std::min(trial, kLongestCsitTrial);
  search::Goal goal;
  if (name == "rfc2544") {
    goal = search::rfc2544_goal(trial);
  } else if (name == "tst009") {
    goal = search::tst009_goal(trial);
  } else if (name == "ndr") {
    goal = search::ndr_goal(csit);
  } else if (name == "pdr") {
    goal = search::pdr_goal(csit);
  } else {
    return error(Exit::kUsage, fmt::format("there is no goal '{}'", name), "rfc2544, tst009, ndr or pdr");
  }
  goal.width = config.width;
  if (config.initial_s > 0)
    goal.initial_trial = std::min(goal.final_trial, search::Time(std::llround(config.initial_s * 1e6)));
  return goal;
}

json described(const char* test, const SizeFacts& facts) {
  json j = {{"test", test},
            {"size", facts.size},
            {"theoretical_fps", facts.theoretical_fps},
            {"tester_limit_fps", maybe(facts.tester_fps)},
            {"tester_limit_from", facts.tester_from},
            {"highest_load_fps", facts.max_fps}};
  if (facts.size != "imix") j["size"] = static_cast<std::uint64_t>(facts.bytes);
  return j;
}

Result<const Found*> throughput_of(Turn& turn) {
  if (turn.throughput) return &*turn.throughput;
  const DeviceConfig& config = turn.rig.config();
  std::vector<search::Goal> goals;
  for (const std::string& name : config.goals) {
    auto goal = goal_of(name, config);
    if (!goal) return forward(goal);
    goals.push_back(std::move(*goal));
  }
  AllTrials trials;
  std::vector<Found> searches;
  for (std::uint32_t i = 0; i < config.searches; ++i) {
    auto one = search_once(turn, goals, trials);
    if (!one) return forward(one);
    searches.push_back(std::move(*one));
  }
  Found found = middle_of(searches);
  found.lost_at = trials.lost.to_json();
  const auto besides = trials.besides.words();
  found.remarks.insert(found.remarks.begin(), besides.begin(), besides.end());
  turn.throughput = std::move(found);
  return &*turn.throughput;
}

Result<double> rate_of(Turn& turn) {
  if (turn.rig.config().rate_fps > 0) return turn.rig.config().rate_fps;
  auto found = throughput_of(turn);
  if (!found) return forward(found);
  if ((*found)->fps > 0) return (*found)->fps;
  return error(
      Exit::kFailure,
      fmt::format("there is no throughput at {} bytes to go by: {}", turn.facts.size, (*found)->irregular),
      "give the rate yourself: --rate");
}

Result<json> test_throughput(Turn& turn) {
  auto found = throughput_of(turn);
  if (!found) return forward(found);
  json j = described("throughput", turn.facts);
  const auto times = [&](double factor) { return (*found)->fps > 0 ? json((*found)->fps * factor) : json(); };
  j["throughput_fps"] = times(1);
  j["throughput_searches"] = (*found)->searches;
  j["throughput_interval_fps"] = interval_of(**found, turn.facts.max_fps);
  j["throughput_bps_l2"] = times(turn.facts.bytes * 8);
  j["share_of_theoretical"] = times(1 / turn.facts.theoretical_fps);
  j["mlr"] = (*found)->mlr;
  j["irregular"] = (*found)->irregular;
  j["lost_at"] = (*found)->lost_at;
  j["remarks"] = (*found)->remarks;
  return j;
}

/// Goes from the highest load down until two trials in a row lose nothing.
Result<json> test_loss(Turn& turn) {
  const DeviceConfig& config = turn.rig.config();
  json curve = json::array();
  Besides besides;
  int without = 0;
  std::string void_reason;
  for (int k = 0; without < 2; ++k) {
    const double share = 1 - k * config.loss_step;
    if (share < config.loss_step / 2) break;
    const TrialPlan plan{.size = turn.facts.size,
                         .fps = share * turn.facts.max_fps,
                         .duration_s = config.trial_s,
                         .tolerated_loss = 1};  // the curve says how many frames were disturbed
    auto t = turn.rig.trial("loss", plan);
    if (!t) return forward(t);
    if (!t->void_reason.empty()) {
      void_reason = t->void_reason;
      break;
    }
    without = t->lost == 0 ? without + 1 : 0;
    besides.add(*t);
    const json all = to_json(*t);
    json point;
    for (const char* part : {"offered", "sent", "received", "lost", "lost_at", "duplicates", "reordered",
                             "foreign", "answers", "flooded", "disturbed"})
      point[part] = all[part];
    point["load_fps"] = plan.fps;
    point["share"] = share;
    point["loss_percent"] = 100 * t->loss();
    curve.push_back(std::move(point));
  }
  json j = described("loss", turn.facts);
  j["trial_s"] = config.trial_s;
  j["loss_curve"] = std::move(curve);
  j["irregular"] = irregular(void_reason);
  j["remarks"] = besides.words();
  return j;
}

Result<json> run_test(const std::string& name, Turn& turn) {
  if (name == "throughput") return test_throughput(turn);
  if (name == "latency") return test_latency(turn);
  if (name == "loss") return test_loss(turn);
  if (name == "back-to-back") return test_back_to_back(turn);
  if (name == "recovery") return test_recovery(turn);
  if (name == "congestion") return test_congestion(turn);
  if (name == "forwarding") return test_forwarding(turn);
  if (name == "caching") return test_caching(turn);
  if (name == "learning") return test_learning(turn);
  return test_reset(turn);
}

}  // namespace hopcost::campaign
