#include "hopload/rr/client.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <thread>

#include "base/placement.h"
#include "hopload/times.h"

namespace hopcost::hopload {
namespace {

using nlohmann::json;

/// Merges the connections' tallies.
RrTally merge(const std::vector<RrTally>& tallies) {
  RrTally all;
  for (const RrTally& t : tallies) {
    (void)all.latency.merge(t.latency);
    all.lost += t.lost;
    if (all.broken.empty()) all.broken = t.broken;
  }
  return all;
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
  json figures = time_kinds();
  figures.push_back(trouble_kind("lost"));
  return {{"figures", std::move(figures)}};
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
  json answer = answer_of(all.latency, std::chrono::duration<double>(length).count());
  const auto answered = static_cast<double>(all.latency.count()), lost = static_cast<double>(all.lost);
  answer["figures"]["lost"] = 100 * lost / (answered + lost);
  return answer;
}

Result<void> RrClient::check() {
  return {};
}

}  // namespace hopcost::hopload
