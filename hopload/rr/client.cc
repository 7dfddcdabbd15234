#include "hopload/rr/client.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <thread>

#include "base/placement.h"
#include "stats/hdr_codec.h"

namespace hopcost::hopload {
namespace {

using nlohmann::json;

json figure(const char* name, const char* unit, const char* better) {
  return {{"name", name}, {"unit", unit}, {"better", better}};
}

/// One for all connections.
RrTally merge(const std::vector<RrTally>& tallies) {
  RrTally all;
  for (const RrTally& t : tallies) {
    (void)all.latency.merge(t.latency);
    all.lost += t.lost;
    if (all.broken.empty()) all.broken = t.broken;
  }
  return all;
}

json answer_of(const RrTally& all, double seconds) {
  const auto answered = static_cast<double>(all.latency.count());
  const auto at = [&](double q) { return all.latency.interpolated_quantile(q); };
  return {{"figures",
           {{"transactions", answered / seconds},
            {"p50", at(0.5)},
            {"p90", at(0.9)},
            {"p99", at(0.99)},
            {"mean", all.latency.mean()},
            {"lost", 100.0 * static_cast<double>(all.lost) / (answered + static_cast<double>(all.lost))}}},
          {"histogram", encode_base64(all.latency)}};
}

}  // namespace

Result<std::unique_ptr<Side>> RrClient::open(const RrSpec& spec) {
  std::vector<Fd> connections;
  for (std::uint32_t i = 0; i < spec.connections; ++i) {
    auto fd = rr_connect(spec);
    if (!fd) return forward(fd);
    connections.push_back(std::move(*fd));
  }
  return std::unique_ptr<Side>(new RrClient(spec, std::move(connections)));
}

json RrClient::describe() const {
  json lost = figure("lost", "%", "lower");
  lost["compared_by"] = "difference";  // it is 0 where all is well
  lost["same_within"] = 0.1;
  return {
      {"figures",
       {figure("p50", "ns", "lower"), figure("transactions", "1/s", "higher"), figure("mean", "ns", "lower"),
        figure("p90", "ns", "lower"), figure("p99", "ns", "lower"), lost}}};
}

Result<json> RrClient::run(std::chrono::nanoseconds length) {
  const double each = spec_.rate / static_cast<double>(connections_.size());
  std::vector<RrTally> tallies(connections_.size());
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < connections_.size(); ++i) {
      threads.emplace_back([&, i, seed = quanta_ * connections_.size() + i] {
        keep_to(spec_.cpu);
        const int fd = connections_[i].get();
        tallies[i] = each > 0 ? ask_when_due(fd, spec_, each, seed, length.count())
                              : ask_in_turn(fd, spec_, length.count());
      });
    }
  }
  ++quanta_;
  const RrTally all = merge(tallies);
  if (!all.broken.empty()) return error(Exit::kFailure, all.broken);
  if (all.latency.count() == 0)
    return error(Exit::kFailure, fmt::format("none of {} requests was answered", all.lost));
  return answer_of(all, static_cast<double>(length.count()) / 1e9);
}

Result<void> RrClient::check() {
  return {};
}

}  // namespace hopcost::hopload
