// RFC 2889: how much a switch forwards at loads above its throughput (section 5.3), how many addresses it
// keeps (5.7) and how fast it learns them (5.8).
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "campaign/device/tests.h"
#include "stats/search/bisection.h"

namespace hopcost::campaign {
namespace {

using nlohmann::json;

constexpr double kLearnFps = 1'000, kQuickLearnFps = 10'000;
constexpr double kTestFps = 1'000, kQuickTestFps = 10'000;
constexpr double kSettleS = 2, kQuickSettleS = 0.05;
constexpr double kLeastLearnFps = 50;  // RFC 2889 section 5.7.2
constexpr double kLearnWidth = 0.02;

/// Frames that came out at the right port, per second of the stream.
double forwarded_fps(const TrialResult& t) {
  return t.elapsed_s > 0 ? static_cast<double>(t.received) / t.elapsed_s : 0;
}

Result<void> needs_monitor(const Turn& turn, const char* test) {
  if (turn.facts.size == "imix")
    return error(Exit::kUsage, fmt::format("{} takes one frame size", test), "--size 64");
  if (turn.rig.watches_floods()) return {};
  return error(Exit::kUsage,
               fmt::format("{} needs a third port of the device, which sees what it floods", test),
               "--port three times: in, out, monitor; or --dut switch");
}

AddressPlan address_plan(const Turn& turn, std::uint64_t addresses, double learn_fps) {
  const bool quick = turn.rig.config().quick;
  return {.size = turn.facts.size,
          .addresses = addresses,
          .learn_fps = learn_fps,
          .test_fps = std::min(turn.facts.max_fps, quick ? kQuickTestFps : kTestFps),
          .settle_s = quick ? kQuickSettleS : kSettleS};
}

/// RFC 2889 section 5.7.4: whether no frame was flooded, and none was lost.
bool all_known(const TrialResult& t) {
  return t.flooded == 0 && t.lost == 0;
}

/// The result of a search for the number of addresses.
struct Learned {
  std::uint64_t addresses = 0;
  double learn_fps = 0;
  std::string irregular;
};

Result<Learned> search_addresses(Turn& turn) {
  const DeviceConfig& config = turn.rig.config();
  const double usual = config.quick ? kQuickLearnFps : kLearnFps;
  const double learn_fps = std::min(turn.facts.max_fps, config.rate_fps > 0 ? config.rate_fps : usual);
  search::BurstSearch s({.longest = config.addresses, .step = 1, .repeats = 1});
  while (const auto n = s.next()) {
    auto t = turn.rig.addresses("caching", address_plan(turn, *n, learn_fps));
    if (!t) return forward(t);
    if (!t->void_reason.empty()) return Learned{0, learn_fps, irregular(t->void_reason)};
    s.add(!all_known(*t));
  }
  Learned found{s.longest(), learn_fps, ""};
  if (s.at_limit())
    found.irregular = fmt::format("it kept all of {} addresses: raise --addresses", s.longest());
  if (s.longest() == 0) found.irregular = "not even one address was learned";
  return found;
}

}  // namespace

Result<json> test_forwarding(Turn& turn) {
  const DeviceConfig& config = turn.rig.config();
  auto from = rate_of(turn);
  if (!from) return forward(from);
  json points = json::array();
  std::string void_reason;
  Besides besides;
  double best = 0, best_load = 0, at_most = 0;
  for (double load = *from;; load += config.loss_step * turn.facts.max_fps) {
    const TrialPlan plan{.size = turn.facts.size,
                         .fps = std::min(load, turn.facts.max_fps),
                         .duration_s = config.trial_s,
                         .tolerated_loss = 1};
    auto t = turn.rig.trial("forwarding", plan);
    if (!t) return forward(t);
    if (void_reason = t->void_reason; !void_reason.empty()) break;
    besides.add(*t);
    at_most = forwarded_fps(*t);
    if (at_most > best) best = at_most, best_load = plan.fps;
    points.push_back({{"load_fps", plan.fps},
                      {"sent_fps", t->elapsed_s > 0 ? static_cast<double>(t->sent) / t->elapsed_s : 0},
                      {"forwarded_fps", at_most},
                      {"flooded", t->flooded},
                      {"lost_at", to_json(t->losses)},
                      {"disturbed", t->disturbed}});
    if (load >= turn.facts.max_fps) break;
  }
  json j = described("forwarding", turn.facts);
  j["trial_s"] = config.trial_s;
  j["forwarding"] = std::move(points);
  j["forwarding_at_most_load_fps"] = void_reason.empty() ? json(at_most) : json();
  j["most_forwarded_fps"] = void_reason.empty() ? json(best) : json();
  j["most_forwarded_load_fps"] = void_reason.empty() ? json(best_load) : json();
  j["irregular"] = irregular(void_reason);
  j["remarks"] = besides.words();
  return j;
}

Result<json> test_caching(Turn& turn) {
  if (auto ok = needs_monitor(turn, "caching"); !ok) return forward(ok);
  auto found = search_addresses(turn);
  if (!found) return forward(found);
  turn.addresses = found->addresses;
  json j = described("caching", turn.facts);
  j["addresses"] = found->addresses > 0 ? json(found->addresses) : json();
  j["most_addresses"] = turn.rig.config().addresses;
  j["learn_fps"] = found->learn_fps;
  j["irregular"] = found->irregular;
  j["remarks"] = json::array();
  return j;
}

Result<json> test_learning(Turn& turn) {
  if (auto ok = needs_monitor(turn, "learning"); !ok) return forward(ok);
  const DeviceConfig& config = turn.rig.config();
  std::string why_none = "not even one address was learned";
  if (turn.addresses == 0) {
    auto found = search_addresses(turn);
    if (!found) return forward(found);
    turn.addresses = found->addresses;
    if (!found->irregular.empty()) why_none = found->irregular;
  }
  json j = described("learning", turn.facts);
  j["addresses"] = turn.addresses;
  j["learning_fps"] = nullptr;
  j["remarks"] = json::array();
  j["irregular"] = why_none;
  if (turn.addresses == 0) return j;
  search::Goal goal = search::rfc2544_goal(search::Time(std::llround(config.trial_s * 1e6)));
  goal.width = std::max(kLearnWidth, config.width);
  search::Bisection s(
      goal, {.min_load = std::min(kLeastLearnFps, turn.facts.max_fps), .max_load = turn.facts.max_fps});
  std::string void_reason;
  while (const auto ask = s.next()) {
    auto t = turn.rig.addresses("learning", address_plan(turn, turn.addresses, ask->load));
    if (!t) return forward(t);
    if (void_reason = t->void_reason; !void_reason.empty()) break;
    s.add({.load = ask->load,
           .duration = ask->duration,
           .offered = turn.addresses,
           .lost = all_known(*t) ? 0 : turn.addresses});
  }
  if (s.lower()) j["learning_fps"] = *s.lower();
  j["irregular"] = irregular(void_reason);
  if (void_reason.empty() && !s.upper())
    j["irregular"] = "it learned at the highest load as well: this is the tester's limit";
  if (void_reason.empty() && !s.lower())
    j["irregular"] = "it did not learn its addresses at the lowest rate either";
  return j;
}

}  // namespace hopcost::campaign
