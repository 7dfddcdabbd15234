#include "campaign/loads/capacity.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <nlohmann/json.hpp>

#include "base/control.h"
#include "base/netns.h"
#include "base/socket_filter.h"
#include "base/udp_socket.h"
#include "stats/search/mlr.h"

namespace hopcost::campaign {
namespace {

using nlohmann::json;

constexpr int kShares[] = {10, 50, 90};  // percent of the capacity
constexpr double kWidth = 0.02;          // relative width of the bounds: trials are too short for a finer one
constexpr double kAboveFlatOut = 1.1;    // the highest load to try, over the flat-out rate: no more can leave
constexpr double kLeastFrames = 10;      // of a trial, at the lowest load
constexpr std::size_t kMostTrials = 100;
constexpr double kLingerS = 0.05;
constexpr int kTries = 3;  // attempts at one trial
constexpr std::uint16_t kFlow = 1;

/// Opens sockets that drop all they receive: without them the kernel would answer each packet.
Result<std::vector<Fd>> open_sink(const nsglue::Sink& sink) {
  auto inside = NetnsScope::enter(sink.netns);
  if (!inside) return forward(inside);
  return open_udp_sockets(sink.port, sink.netns, attach_drop_filter);
}

/// The way from the sender to where the packets end, with the addresses that lead there.
OneWay way_of(const Path& path, const CapacityPlan& plan) {
  const nsglue::Realised& built = path.built;
  const auto port = [](const nsglue::Endpoint& at) {
    return fmt::format("af_packet:{}@{}", at.device, at.netns);
  };
  OneWay way{.from = port(built.sender),
             .to = port(built.target),
             .dst_mac = built.target.mac,
             .built_end = built.target.device};
  way.flows.push_back({.size = plan.size,
                       .ipv6 = plan.ipv6,
                       .dst_ip = plan.ipv6 ? built.target.ipv6 : built.target.ipv4,
                       .dst_port = built.port,
                       .src_ip = plan.ipv6 ? built.sender.ipv6 : built.sender.ipv4,
                       .flow = kFlow});
  return way;
}

}  // namespace

json capacity_kinds() {
  json kinds = {{{"name", "capacity"}, {"unit", "packets/s"}, {"better", "higher"}}};
  for (const char* quantile : {"p50", "p99"}) {
    for (const int share : kShares)
      kinds.push_back(
          {{"name", fmt::format("{}_at_{}", quantile, share)}, {"unit", "ns"}, {"better", "lower"}});
  }
  return kinds;
}

Result<std::unique_ptr<CapacitySearch>> CapacitySearch::open(const Path& path, const CapacityPlan& plan) {
  std::unique_ptr<CapacitySearch> search(new CapacitySearch(plan));
  for (const nsglue::Sink& sink : path.built.sinks) {
    auto sockets = open_sink(sink);
    if (!sockets) return forward(sockets);
    std::ranges::move(*sockets, std::back_inserter(search->sinks_));
  }
  search->ways_.push_back(way_of(path, plan));
  auto tester =
      Tester::open(search->ways_, {.size = plan.size, .profile = {}, .cpu = plan.cpu, .linger_s = kLingerS});
  if (!tester) return forward(tester);
  search->tester_ = std::make_unique<Tester>(std::move(*tester));
  return search;
}

/// One trial; `fps` 0: as fast as possible. Frames that the receiver had no time to read count as lost, like
/// others. A trial in which the sender was disturbed is repeated. If it is disturbed every time, its loss
/// counts; but a trial without loss does not count, when its rate was not really sent.
Result<TrialResult> CapacitySearch::trial(double fps, double seconds) {
  for (int i = 1;; ++i) {
    auto t = tester_->run({.size = plan_.size, .fps = fps, .duration_s = seconds});
    if (!t || fps == 0) return t;
    const bool not_sent = !t->void_reason.empty() && t->lost == 0;
    if (!t->doubtful && !not_sent) return t;
    if (i < kTries) continue;
    if (not_sent) return error(Exit::kFailure, "no trial counts: " + t->void_reason);
    return t;
  }
}

Result<double> CapacitySearch::flat_out() {
  auto t = trial(0, plan_.trial_s / 2);
  if (!t) return forward(t);
  if (t->elapsed_s <= 0 || t->received == 0)
    return error(Exit::kFailure, fmt::format("nothing of {} packets came through", t->sent), t->void_reason);
  return static_cast<double>(t->sent) / t->elapsed_s;
}

Result<double> CapacitySearch::search(double highest) {
  search::Goal goal = search::tst009_goal(search::Time(std::llround(plan_.trial_s * 1e6)));
  goal.width = kWidth;
  search::MlrSearch mlr({goal}, {.min_load = std::min(kLeastFrames / plan_.trial_s, highest),
                                 .max_load = highest,
                                 .most_trials = kMostTrials});
  while (const auto ask = mlr.next()) {
    auto t = trial(ask->load, plan_.trial_s);
    if (!t) return forward(t);
    mlr.add(to_search({.size = plan_.size, .fps = ask->load, .duration_s = plan_.trial_s}, *t));
  }
  const search::GoalResult found = mlr.results().front();
  if (found.lower) return *found.lower;
  return error(Exit::kFailure, "no rate passes without a drop: " + found.irregular);
}

Result<json> CapacitySearch::run() {
  auto highest = flat_out();
  if (!highest) return forward(highest);
  auto capacity = search(*highest * kAboveFlatOut);
  if (!capacity) return forward(capacity);
  json figures = {{"capacity", *capacity}};
  for (const int share : kShares) {
    auto t = trial(*capacity * share / 100, plan_.trial_s);
    if (!t) return forward(t);
    if (!t->latency.is_object() || get_uint_or(t->latency, "count", 0) == 0)
      return error(Exit::kFailure, fmt::format("nothing came through at {} % of the capacity", share),
                   t->void_reason);
    for (const char* quantile : {"p50", "p99"})
      figures[fmt::format("{}_at_{}", quantile, share)] =
          get_number_or(t->latency, fmt::format("{}_ns", quantile).c_str(), 0);
  }
  return figures;
}

}  // namespace hopcost::campaign
