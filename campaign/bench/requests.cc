#include "campaign/bench/requests.h"

#include <nlohmann/json.hpp>

#include "base/control.h"

namespace hopcost::campaign {
namespace {

using nlohmann::json;

constexpr int kCollectMs = 500;

std::uint16_t flow_of(const SlotRequest& slot, std::size_t lane) {
  return static_cast<std::uint16_t>(slot.first_flow + lane);
}

json frame_of(const SlotRequest& slot, const Path& path) {
  return {{"size", slot.load.size},
          {"src_mac", path.built.sender.mac},
          {"dst_mac", path.built.target.mac},
          {"src_ip", slot.ipv6 ? path.built.sender.ipv6 : path.built.sender.ipv4},
          {"dst_ip", slot.ipv6 ? path.built.target.ipv6 : path.built.target.ipv4},
          {"src_port", nsglue::kDiscardPort},
          {"dst_port", path.built.port}};
}

}  // namespace

std::uint64_t packets_a_lane(const SlotRequest& slot) {
  return std::uint64_t{2} * slot.rounds * slot.trains.departures * slot.load.burst;
}

json expect_request(const SlotRequest& slot) {
  json lanes = json::array();
  for (const std::size_t lane : slot.order)
    lanes.push_back({{"path", slot.paths[slot.lanes[lane].path].instance}, {"flow", flow_of(slot, lane)}});
  const Trains& trains = slot.trains;
  json request = {
      {"lanes", lanes},
      {"train",
       {{"packets", trains.departures * slot.load.burst}, {"untimed", trains.untimed * slot.load.burst}}}};
  if (slot.sender_cpu >= 0) request["sender_cpu"] = slot.sender_cpu;
  if (slot.clock_ahead_ns != 0) request["clock_ahead_ns"] = slot.clock_ahead_ns;
  return request;
}

json run_request(const SlotRequest& slot) {
  json lanes = json::array();
  for (const std::size_t lane : slot.order) {
    const Path& path = slot.paths[slot.lanes[lane].path];
    lanes.push_back(
        {{"port", path.instance}, {"flow", flow_of(slot, lane)}, {"frame", frame_of(slot, path)}});
  }
  return {{"lanes", lanes},
          {"turns", {{"train", slot.trains.departures}, {"mirrored", true}, {"seed", slot.seed}}},
          {"rounds", slot.rounds},
          {"rate_pps", slot.load.rate_pps},
          {"gap", slot.gap},
          {"burst", slot.load.burst},
          {"seed", slot.seed + 1}};
}

json collect_request(const SlotRequest& slot, const json& sent) {
  json lanes = json::array();
  for (std::size_t i = 0; i < slot.order.size(); ++i) {
    const std::size_t lane = slot.order[i];
    const std::uint64_t packets = i < sent.size() ? get_uint_or(sent[i], "sent", 0) : 0;
    lanes.push_back({{"path", slot.paths[slot.lanes[lane].path].instance},
                     {"flow", flow_of(slot, lane)},
                     {"sent", packets}});
  }
  return {{"lanes", lanes}, {"timeout_ms", kCollectMs}};
}

}  // namespace hopcost::campaign
