#include "pktgen/control/run_request.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/control.h"
#include "pktgen/options/validate.h"
#include "pktgen/source/profile/load.h"

namespace hopcost::pktgen {
namespace {

using nlohmann::json;

Result<std::uint64_t> uint_upto(const json& j, const char* key, std::uint64_t otherwise, std::uint64_t most) {
  if (!j.contains(key)) return otherwise;
  auto value = get_uint(j, key);
  if (value && *value > most)
    return error(Exit::kUsage, fmt::format("\"{}\" {} is above {}", key, *value, most));
  return value;
}

Result<MacAddress> mac_of(const json& frame, const char* key) {
  auto text = get_string(frame, key);
  if (!text) return forward(text);
  return parse_mac(*text);
}

Result<IpAddress> ip_of(const json& frame, const char* key) {
  auto text = get_string(frame, key);
  if (!text) return forward(text);
  return parse_ip(*text);
}

Result<FrameSpec> frame_of(const json& frame, const PortInfo& info) {
  constexpr std::uint64_t k16 = std::numeric_limits<std::uint16_t>::max();
  auto dst_mac = mac_of(frame, "dst_mac");
  if (!dst_mac) return forward(dst_mac);
  Result<MacAddress> src_mac = info.mac;
  if (frame.contains("src_mac")) src_mac = mac_of(frame, "src_mac");
  if (!src_mac) return forward(src_mac);
  auto src_ip = ip_of(frame, "src_ip");
  if (!src_ip) return forward(src_ip);
  auto dst_ip = ip_of(frame, "dst_ip");
  if (!dst_ip) return forward(dst_ip);
  auto src_port = uint_upto(frame, "src_port", 9, k16);
  if (!src_port) return forward(src_port);
  auto dst_port = uint_upto(frame, "dst_port", 9, k16);
  if (!dst_port) return forward(dst_port);
  auto size = uint_upto(frame, "size", min_frame_size(dst_ip->v6), 1 << 17);
  if (!size) return forward(size);
  return FrameSpec{.size = static_cast<std::uint32_t>(*size),
                   .src_mac = *src_mac,
                   .dst_mac = *dst_mac,
                   .src_ip = *src_ip,
                   .dst_ip = *dst_ip,
                   .src_port = static_cast<std::uint16_t>(*src_port),
                   .dst_port = static_cast<std::uint16_t>(*dst_port)};
}

/// Nothing when the key is absent or null.
Result<std::optional<std::uint64_t>> optional_uint(const json& j, const char* key) {
  if (!j.contains(key) || j[key].is_null()) return std::nullopt;
  auto value = get_uint(j, key);
  if (!value) return forward(value);
  if (*value == 0) return error(Exit::kUsage, fmt::format("a \"{}\" of 0 sends nothing", key));
  return *value;
}

/// How long the run lasts.
Result<void> read_limits(const json& request, RunSpec& spec) {
  for (const auto& [key, limit] : {std::pair("rounds", &spec.rounds), std::pair("count", &spec.count),
                                   std::pair("duration_ns", &spec.duration_ns)}) {
    auto given = optional_uint(request, key);
    if (!given) return forward(given);
    *limit = *given;
  }
  if (spec.rounds && !spec.turns)
    return error(Exit::kUsage, "\"rounds\" are of lanes that take turns", "give \"turns\", or \"count\"");
  if (spec.rounds || spec.count || spec.duration_ns) return {};
  return error(Exit::kUsage, "none of \"rounds\", \"count\" and \"duration_ns\" is given");
}

Result<void> read_load(const json& request, RunSpec& spec) {
  auto gap = parse_gap(get_string_or(request, "gap", gap_name(Gap::kConstant)));
  if (!gap) return forward(gap);
  spec.gap = *gap;
  auto burst = uint_upto(request, "burst", 1, kMaxBurst);
  if (!burst) return forward(burst);
  if (*burst == 0) return error(Exit::kUsage, "a \"burst\" of 0 sends nothing");
  spec.burst = static_cast<std::uint32_t>(*burst);
  spec.pps = get_number_or(request, "rate_pps", 0);
  if (!(spec.pps >= 0) || !std::isfinite(spec.pps)) return error(Exit::kUsage, "\"rate_pps\" is not a rate");
  spec.seed = get_uint_or(request, "seed", 1);
  spec.stamp = get_bool_or(request, "stamp", true);
  return read_limits(request, spec);
}

Result<void> read_turns(const json& request, RunSpec& spec) {
  if (!request.contains("turns") || request["turns"].is_null()) return {};
  const json& turns = request["turns"];
  if (!turns.is_object()) return error(Exit::kUsage, "member \"turns\": expected an object");
  auto train = get_uint(turns, "train");
  if (!train) return forward(train);
  if (*train < 1 || *train > kMaxTrain)
    return error(Exit::kUsage,
                 fmt::format("a \"train\" of {} departures is not within 1 and {}", *train, kMaxTrain));
  spec.turns = TurnSpec{.train = static_cast<std::uint32_t>(*train),
                        .mirrored = get_bool_or(turns, "mirrored", true),
                        .seed = get_uint_or(turns, "seed", 1)};
  return {};
}

/// Flows in place of one frame: "profile" as --profile takes it. MACs that its flows leave open come from
/// "frame".
Result<AnySource> profile_of(const json& lane, const PortInfo& info, std::uint64_t seed) {
  auto text = get_string(lane, "profile");
  if (!text) return forward(text);
  auto profile = load_profile(*text);
  if (!profile) return forward(profile);
  ProfileContext context{.dst_mac = {}, .src_mac = info.mac, .mtu = info.mtu, .seed = seed};
  const json frame = lane.contains("frame") ? lane["frame"] : json::object();
  for (const auto& [key, mac] :
       {std::pair("dst_mac", &context.dst_mac), std::pair("src_mac", &context.src_mac)}) {
    if (!frame.contains(key)) continue;
    auto given = mac_of(frame, key);
    if (!given) return forward(given);
    *mac = *given;
  }
  auto source = ProfileSource::make(*profile, context);
  if (!source) return forward(source);
  return AnySource(std::move(*source));
}

Result<AnySource> source_of(const json& lane, const PortInfo& info, std::uint64_t seed) {
  if (lane.contains("profile")) return profile_of(lane, info, seed);
  if (!lane.contains("frame") || !lane["frame"].is_object())
    return error(Exit::kUsage, "no \"frame\" object and no \"profile\"");
  auto frame = frame_of(lane["frame"], info);
  if (!frame) return forward(frame);
  auto flow = get_uint(lane, "flow");
  if (!flow) return forward(flow);
  if (*flow > std::numeric_limits<std::uint16_t>::max())
    return error(Exit::kUsage, "\"flow\" is above 65535");
  frame->flow = static_cast<std::uint16_t>(*flow);
  auto made = FrameTemplate::make(*frame, info.mtu);
  if (!made) return forward(made);
  return AnySource(TemplateSource(std::move(*made)));
}

Result<LaneSpec> lane_of(const json& lane, const FindPort& find, std::uint64_t seed) {
  if (!lane.is_object()) return error(Exit::kUsage, "expected an object");
  auto name = get_string(lane, "port");
  if (!name) return forward(name);
  auto port = find(*name);
  if (!port) return forward(port);
  auto source = source_of(lane, info_of(**port), seed);
  if (!source) return forward(source);
  return LaneSpec{.port = *port,
                  .source = std::move(*source),
                  .count = {.first_sequence = get_uint_or(lane, "first_sequence", 0)}};
}

Result<void> read_lanes(const json& request, const FindPort& find, RunSpec& spec) {
  if (!request.contains("lanes") || !request["lanes"].is_array() || request["lanes"].empty())
    return error(Exit::kUsage, "member \"lanes\": expected an array of one lane or more",
                 "see doc/control-protocol.md");
  for (const json& j : request["lanes"]) {
    auto lane = lane_of(j, find, get_uint_or(request, "seed", 1));
    if (!lane) {
      Error e = lane.error();
      e.what = fmt::format("lane {}: {}", spec.lanes.size(), e.what);
      return std::unexpected(std::move(e));
    }
    spec.lanes.push_back(std::move(*lane));
  }
  return {};
}

}  // namespace

Result<RunSpec> run_spec_of(const json& request, const FindPort& find) {
  RunSpec spec{.lanes = {}};
  if (auto ok = read_lanes(request, find, spec); !ok) return forward(ok);
  if (auto ok = read_turns(request, spec); !ok) return forward(ok);
  if (auto ok = read_load(request, spec); !ok) return forward(ok);
  return spec;
}

}  // namespace hopcost::pktgen
