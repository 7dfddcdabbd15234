// RFC 2544 section 26.2 and RFC 8219 sections 7.2 and 7.3. Every frame is timed, where these tag single
// frames.
#include <fmt/format.h>

#include <algorithm>

#include "base/control.h"
#include "campaign/device/repeated.h"
#include "campaign/device/tests.h"

namespace hopcost::campaign {
namespace {

using nlohmann::json;

/// One value per run, for each figure.
struct Runs {
  std::vector<double> median, worst, mean, least, most, pdv, jitter, step_least, step_median, step_most;

  void add(const TrialResult& t) {
    const auto of = [&](const char* name) { return get_number_or(t.latency, name, 0); };
    median.push_back(of("p50_ns"));
    worst.push_back(of("p999_ns"));
    mean.push_back(of("mean_ns"));
    least.push_back(of("min_ns"));
    most.push_back(of("max_ns"));
    pdv.push_back(of("p999_ns") - of("min_ns"));
    jitter.push_back(t.jitter_ns);
    if (!t.ipdv.is_object()) return;  // no two packets in a row arrived
    step_least.push_back(get_number_or(t.ipdv, "min_ns", 0));
    step_median.push_back(get_number_or(t.ipdv, "p50_ns", 0));
    step_most.push_back(get_number_or(t.ipdv, "max_ns", 0));
  }
};

constexpr std::uint64_t kTagged = 500;      // RFC 8219 section 7.2
constexpr double kMostLatencyLoss = 0.001;  // of a run: a lost frame might have been among the slowest 0.1 %

std::string why_irregular(const std::string& void_reason, std::uint32_t empty, double worst_loss) {
  if (!void_reason.empty()) return irregular(void_reason);
  if (empty > 0) return fmt::format("nothing came in {} of the runs", empty);
  if (worst_loss > kMostLatencyLoss)
    return fmt::format(
        "a run lost {:.3f} % of its frames: its 99.9 % is of those that came; take a lower --rate",
        100 * worst_loss);
  return "";
}

}  // namespace

Result<json> test_latency(Turn& turn) {
  const DeviceConfig& config = turn.rig.config();
  auto rate = rate_of(turn);
  if (!rate) return forward(rate);
  const TrialPlan plan{.size = turn.facts.size,
                       .fps = *rate,
                       .duration_s = config.trial_s,
                       .tolerated_loss = kMostLatencyLoss};
  Runs runs;
  std::uint64_t lost = 0, frames = 0;
  std::uint64_t fewest = UINT64_MAX;
  std::uint32_t empty = 0;
  double worst_loss = 0;
  std::string void_reason;
  Besides besides;
  for (std::uint32_t i = 0; i < config.repeats && void_reason.empty(); ++i) {
    auto t = turn.rig.trial("latency", plan);
    if (!t) return forward(t);
    void_reason = t->void_reason;
    if (!void_reason.empty()) continue;
    besides.add(*t);
    lost += t->lost;
    worst_loss = std::max(worst_loss, t->loss());
    frames += t->received;
    fewest = std::min(fewest, t->received);
    if (get_uint_or(t->latency, "count", 0) > 0) {
      runs.add(*t);
    } else {
      ++empty;
    }
  }
  json j = described("latency", turn.facts);
  j["rate_fps"] = *rate;
  j["trial_s"] = config.trial_s;
  j["frames"] = frames;
  j["lost"] = lost;
  j["latency_ns"] = {
      {"definition",
       "from just before a frame is handed to the sending port to its arrival at the receiving one. That is "
       "longer than RFC 1242's latency of store-and-forward devices (last bit in to first bit out) and of "
       "bit-forwarding ones (first bit in to first bit out), by the frame's time on the wires and by what "
       "the "
       "tester's ports take"},
      {"median", repeated(runs.median)},
      {"p99_9", repeated(runs.worst)},
      {"mean", repeated(runs.mean)},
      {"min", repeated(runs.least)},
      {"max", repeated(runs.most)}};
  j["pdv_ns"] = repeated(runs.pdv);
  j["ipdv_ns"] = {{"min", repeated(runs.step_least)},
                  {"median", repeated(runs.step_median)},
                  {"max", repeated(runs.step_most)}};
  j["interarrival_jitter_ns"] = repeated(runs.jitter);
  if (config.bidirectional) j["direction"] = "from the first port to the second, under the load of both";
  if (config.has_several_inputs()) j["direction"] = "from the first input, under the load of all";
  j["irregular"] = why_irregular(void_reason, empty, worst_loss);
  j["remarks"] = besides.words();
  if (fewest < kTagged)
    j["remarks"].push_back(fmt::format("a run has {} frames, fewer than RFC 8219's {}", fewest, kTagged));
  return j;
}

}  // namespace hopcost::campaign
