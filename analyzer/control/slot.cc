#include "analyzer/control/slot.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "analyzer/output/summary_json.h"

namespace hopcost::analyzer {

using nlohmann::json;

namespace {

/// Adds, for each tap of a lane, the times of its timed packets in order; null for a packet it did not see.
void add_times(const Correlator& correlator, std::uint64_t sent, json& taps) {
  for (std::size_t tap = 0; tap < correlator.tap_count(); ++tap) {
    json times = json::array();
    for (const auto& t : correlator.train_times(tap, sent)) times.push_back(t ? json(*t) : json());
    taps[tap]["since_tx"]["times_ns"] = std::move(times);
  }
}

}  // namespace

Result<void> Slot::begin(Paths& paths, const ExpectRequest& request) {
  std::vector<Lane> lanes;
  std::map<Path*, std::vector<std::uint16_t>> flows;
  std::size_t lane_taps = 0;
  for (const LaneName& name : request.lanes) {
    const auto at = paths.find(name.path);
    if (at == paths.end() || at->second.lanes() == nullptr)
      return error(Exit::kUsage, fmt::format("path {} is not armed with taps", name.path), "arm it first");
    Path& path = at->second;
    lane_taps += path.taps().size();
    lanes.push_back({name, &path, flows[&path].size(), 0});
    flows[&path].push_back(name.flow);
  }
  if (lane_taps > kMostLaneTaps)
    return error(
        Exit::kUsage, fmt::format("{} lanes with {} taps together", lanes.size(), lane_taps),
        fmt::format("at most {} taps over all lanes: fewer lanes, or fewer taps open", kMostLaneTaps));
  give_up();
  lanes_ = std::move(lanes);
  flows_ = std::move(flows);
  train_ = request.expected.train;
  for (auto& [path, of_path] : flows_) {
    path->discard();
    path->lanes()->expect(of_path, request.expected);
  }
  before_ = HostState::now();
  return {};
}

void Slot::give_up() noexcept {
  for (const Lane& lane : lanes_) lane.correlator().close();
  lanes_.clear();
  flows_.clear();
}

void Slot::give_up_if_on(const Path& path) noexcept {
  if (std::ranges::any_of(lanes_, [&](const Lane& lane) { return lane.path == &path; })) give_up();
}

Result<void> Slot::set_sent(const CollectRequest& request) {
  std::vector<Lane> ordered;
  for (std::size_t i = 0; i < request.lanes.size(); ++i) {
    const auto at = std::ranges::find(lanes_, request.lanes[i], &Lane::name);
    if (at == lanes_.end())
      return error(Exit::kUsage, fmt::format("{} is not expected", to_string(request.lanes[i])),
                   "send expect first, once per slot");
    if (train_.packets != 0 && request.sent[i] > most_packets(train_))
      return error(Exit::kUsage, fmt::format("{} packets sent in trains", request.sent[i]),
                   fmt::format("a slot keeps the times of {} a lane", most_packets(train_)));
    ordered.push_back(*at);
    ordered.back().sent = request.sent[i];
  }
  for (const Lane& lane : lanes_)
    if (std::ranges::find(ordered, lane.name, &Lane::name) == ordered.end())
      return error(Exit::kUsage, fmt::format("{} is expected and not collected", to_string(lane.name)),
                   "name every lane of the slot");
  lanes_ = std::move(ordered);
  times_ = request.times;
  return {};
}

void Slot::drain() noexcept {
  for (auto& [path, flows] : flows_) path->drain();
}

Slot::Progress Slot::progress() const noexcept {
  Progress progress;
  for (const Lane& lane : lanes_) {
    const Correlator& c = lane.correlator();
    for (std::size_t i = 0; i < c.tap_count(); ++i) progress.all &= c.tap(i).seen >= lane.sent;
    progress.last &= c.tap(c.tap_count() - 1).seen >= lane.sent;
  }
  return progress;
}

unsigned Slot::settle_ms() const noexcept {
  unsigned longest = 0;
  for (const auto& [path, flows] : flows_) longest = std::max(longest, path->settle_ms());
  return longest;
}

json Slot::end() {
  std::map<Path*, std::vector<TapFacts>> facts;
  std::map<Path*, std::uint64_t> foreign;
  for (const Lane& lane : lanes_) {
    lane.correlator().close();
    foreign[lane.path] += lane.correlator().foreign_count();
  }
  for (auto& [path, flows] : flows_) facts[path] = path->facts();
  json lanes = json::array();
  for (const Lane& lane : lanes_) {
    json j = summary_to_json(summarise(lane.correlator(), facts[lane.path], lane.sent));
    if (times_ && train_.packets != 0) add_times(lane.correlator(), lane.sent, j["taps"]);
    j["path"] = lane.name.path;
    j["flow"] = lane.name.flow;
    j["foreign"] = lane.index == 0 ? foreign[lane.path] : 0;
    lanes.push_back(std::move(j));
  }
  give_up();
  return {{"lanes", std::move(lanes)}, {"host", host_delta(before_, HostState::now())}};
}

}  // namespace hopcost::analyzer
