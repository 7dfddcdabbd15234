#include "campaign/bench/requests.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
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

/// "NAME=VALUE" where all packets have the same value, else "NAME=V1|V2|...", a value for each packet in
/// turn.
std::string field(const char* name, const std::vector<std::string>& by_packet) {
  const auto differs = [&](const std::string& v) { return v != by_packet.front(); };
  if (std::ranges::none_of(by_packet, differs)) return fmt::format("{}={}", name, by_packet.front());
  return fmt::format("{}={}", name, fmt::join(by_packet, "|"));
}

/// The frames of a lane whose packets are dealt over containers, as a pktgen profile (doc/profiles.md). A
/// path with one container has the same frame for every packet.
std::string dealt_frames(const SlotRequest& slot, const Path& path, std::uint16_t flow) {
  const auto& ways = path.built.containers;
  std::vector<std::string> macs, addresses, ports;
  for (const std::size_t c : slot.dealing->order()) {
    const nsglue::Realised& to = ways.empty() ? path.built : ways[c];
    macs.push_back(to.target.mac);
    addresses.push_back(slot.ipv6 ? to.target.ipv6 : to.target.ipv4);
    ports.push_back(std::to_string(to.port));
  }
  const nsglue::Endpoint& from = path.built.sender;
  return fmt::format("eth(src={},{})/{}(src={},{})/udp(src_port={},{}) size={} id={}", from.mac,
                     field("dst", macs), slot.ipv6 ? "ipv6" : "ipv4", slot.ipv6 ? from.ipv6 : from.ipv4,
                     field("dst", addresses), nsglue::kDiscardPort, field("dst_port", ports), slot.load.size,
                     flow);
}

json sending_lane(const SlotRequest& slot, std::size_t lane) {
  const Path& path = slot.paths[slot.lanes[lane].path];
  const std::uint16_t flow = flow_of(slot, lane);
  if (slot.dealing != nullptr) return {{"port", path.instance}, {"profile", dealt_frames(slot, path, flow)}};
  return {{"port", path.instance}, {"flow", flow}, {"frame", frame_of(slot, path)}};
}

}  // namespace

std::uint64_t packets_a_lane(std::uint32_t rounds, const Trains& trains, const Load& load) {
  return std::uint64_t{2} * rounds * trains.departures * load.burst;
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
  for (const std::size_t lane : slot.order) lanes.push_back(sending_lane(slot, lane));
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
  json request = {{"lanes", lanes}, {"timeout_ms", kCollectMs}};
  if (slot.dealing != nullptr) request["times"] = true;
  return request;
}

}  // namespace hopcost::campaign
