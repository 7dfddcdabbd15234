#include "analyzer/control/slot_request.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "analyzer/control/members.h"
#include "base/control.h"

namespace hopcost::analyzer {

using nlohmann::json;

namespace {

/// A longer train would not fit a slot.
constexpr std::uint64_t kLongestTrain = TrainTimes::kMost;

/// A number up to `most`; `otherwise` when there is no such member.
Result<std::uint64_t> number_or(const json& object, const char* key, std::uint64_t otherwise,
                                std::uint64_t most = ~std::uint64_t{0}) {
  if (!object.contains(key)) return otherwise;
  auto number = get_uint(object, key);
  if (number && *number > most)
    return error(Exit::kUsage, fmt::format("member \"{}\": {}", key, *number), fmt::format("0 to {}", most));
  return number;
}

Result<std::int64_t> signed_or(const json& object, const char* key, std::int64_t otherwise) {
  const auto it = object.find(key);
  if (it == object.end()) return otherwise;
  if (!it->is_number_integer())
    return error(Exit::kUsage, fmt::format("member \"{}\": expected a whole number", key),
                 "see doc/control-protocol.md");
  return it->get<std::int64_t>();
}

Result<LaneName> lane_of(const json& j) {
  auto path = get_string(j, "path");
  if (!path) return forward(path);
  auto flow = get_uint(j, "flow");
  if (!flow) return forward(flow);
  if (*flow > 0xffff) return error(Exit::kUsage, fmt::format("member \"flow\": {}", *flow), "0 to 65535");
  return LaneName{std::move(*path), static_cast<std::uint16_t>(*flow)};
}

Result<std::vector<LaneName>> lanes_of(const json& request) {
  auto list = some_objects_of(request, "lanes");
  if (!list) return forward(list);
  std::vector<LaneName> lanes;
  for (const json& j : *list) {
    auto lane = lane_of(j);
    if (!lane) return forward(lane);
    lanes.push_back(std::move(*lane));
  }
  auto sorted = lanes;
  std::ranges::sort(sorted);
  if (const auto twice = std::ranges::adjacent_find(sorted); twice != sorted.end())
    return error(Exit::kUsage, fmt::format("member \"lanes\": {} is there twice", to_string(*twice)),
                 "each lane has a flow of its own");
  return lanes;
}

Result<TrainShape> train_of(const json& request) {
  const auto train = request.find("train");
  if (train == request.end()) return TrainShape{};
  if (!train->is_object()) return error(Exit::kUsage, "member \"train\": expected an object", kSeeControlDoc);
  auto packets = get_uint(*train, "packets");
  if (!packets) return forward(packets);
  if (*packets == 0 || *packets > kLongestTrain)
    return error(Exit::kUsage, fmt::format("member \"packets\": {}", *packets),
                 fmt::format("1 to {} in a train", kLongestTrain));
  auto untimed = number_or(*train, "untimed", 0, *packets - 1);
  if (!untimed) return forward(untimed);
  return TrainShape{static_cast<std::uint32_t>(*packets), static_cast<std::uint32_t>(*untimed)};
}

}  // namespace

std::string to_string(const LaneName& lane) {
  return fmt::format("flow {} of path {}", lane.flow, lane.path);
}

Result<ExpectRequest> expect_of(const json& request) {
  auto lanes = lanes_of(request);
  if (!lanes) return forward(lanes);
  auto train = train_of(request);
  if (!train) return forward(train);
  auto first = number_or(request, "first_sequence", 0, kProbeSequenceMask);
  if (!first) return forward(first);
  auto cpu = number_or(request, "sender_cpu", kUnknownCpu);
  if (!cpu) return forward(cpu);
  const auto sender_cpu = static_cast<unsigned>(std::min<std::uint64_t>(*cpu, kUnknownCpu));
  auto ahead = signed_or(request, "clock_ahead_ns", 0);
  if (!ahead) return forward(ahead);
  return ExpectRequest{std::move(*lanes), {*first, sender_cpu, *train, *ahead}};
}

Result<CollectRequest> collect_of(const json& request) {
  auto lanes = lanes_of(request);
  if (!lanes) return forward(lanes);
  CollectRequest collect{std::move(*lanes), {}};
  for (const json& j : request["lanes"]) {
    auto sent = get_uint(j, "sent");
    if (!sent) return forward(sent);
    collect.sent.push_back(*sent);
  }
  auto timeout = number_or(request, "timeout_ms", 500, 3'600'000);
  if (!timeout) return forward(timeout);
  collect.timeout_ms = *timeout;
  collect.times = get_bool_or(request, "times", false);
  return collect;
}

}  // namespace hopcost::analyzer
