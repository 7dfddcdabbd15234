// RFC 2889 section 5.5: how a congested output affects another one.
#include <fmt/format.h>

#include "campaign/device/tests.h"

namespace hopcost::campaign {

/// Both inputs send as much as an output carries. The first sends half of its frames to each output, the
/// second sends all to the second output. So the second output is offered half as much again as it carries,
/// and loses a third of that.
Result<nlohmann::json> test_congestion(Turn& turn) {
  const DeviceConfig& config = turn.rig.config();
  const double rate = config.rate_fps > 0 ? config.rate_fps : turn.facts.max_fps;
  const TrialPlan plan{.size = turn.facts.size, .fps = rate, .duration_s = config.trial_s};
  auto t = turn.rig.trial("congestion", plan);
  if (!t) return forward(t);
  FlowCounts free, full;
  for (const FlowCounts& f : t->flows) {
    FlowCounts& output = f.flow == 1 ? free : full;
    output.sent += f.sent;
    output.lost += f.lost;
  }
  const auto percent = [](const FlowCounts& f) {
    return f.sent == 0 ? 100 : 100 * static_cast<double>(f.lost) / static_cast<double>(f.sent);
  };
  nlohmann::json j = described("congestion", turn.facts);
  j["rate_fps"] = rate;
  j["trial_s"] = config.trial_s;
  j["uncongested"] = {{"sent", free.sent}, {"lost", free.lost}};
  j["congested"] = {{"sent", full.sent}, {"lost", full.lost}};
  j["uncongested_loss_percent"] = percent(free);
  j["congested_loss_percent"] = percent(full);
  j["head_of_line_blocking"] = free.lost > 0;
  j["back_pressure"] = full.lost == 0;
  j["disturbed"] = t->disturbed;
  std::string why = t->void_reason;
  if (t->losses.unsent > 0) why = fmt::format("{} frames were not sent", t->losses.unsent);
  if (why.empty() && free.lost > 0 && free.lost <= t->disturbed)
    why = fmt::format("{} frames left over 1 ms late: that may be why the uncongested output lost {}",
                      t->disturbed, free.lost);
  j["irregular"] = irregular(why);
  j["remarks"] = t->remarks;
  return j;
}

}  // namespace hopcost::campaign
