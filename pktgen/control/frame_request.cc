#include "pktgen/control/frame_request.h"

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

/// Absent or null is nothing.
Result<std::optional<std::uint64_t>> optional_uint(const json& j, const char* key) {
  if (!j.contains(key) || j[key].is_null()) return std::nullopt;
  auto value = get_uint(j, key);
  if (!value) return forward(value);
  if (*value == 0) return error(Exit::kUsage, fmt::format("a \"{}\" of 0 sends nothing", key));
  return *value;
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
  auto count = optional_uint(request, "count");
  if (!count) return forward(count);
  spec.count = *count;
  auto duration = optional_uint(request, "duration_ns");
  if (!duration) return forward(duration);
  spec.duration_ns = *duration;
  if (!spec.count && !spec.duration_ns)
    return error(Exit::kUsage, "neither \"count\" nor \"duration_ns\" is given");
  spec.first_sequence = get_uint_or(request, "first_sequence", 0);
  spec.seed = get_uint_or(request, "seed", 1);
  spec.stamp = get_bool_or(request, "stamp", true);
  spec.calm_work_ns = get_number_or(request, "calm_work_ns", 0);
  spec.calm_wait_ns = get_uint_or(request, "calm_wait_ms", 0) * 1'000'000;
  return {};
}

}  // namespace

namespace {

/// Flows in place of one frame: "profile" as --profile takes it; MACs its flows do not name from "frame".
Result<RunSpec> profile_spec_of(const json& request, const PortInfo& info) {
  auto text = get_string(request, "profile");
  if (!text) return forward(text);
  auto profile = load_profile(*text);
  if (!profile) return forward(profile);
  ProfileContext context{
      .dst_mac = {}, .src_mac = info.mac, .mtu = info.mtu, .seed = get_uint_or(request, "seed", 1)};
  const json frame = request.contains("frame") ? request["frame"] : json::object();
  for (const auto& [key, mac] :
       {std::pair("dst_mac", &context.dst_mac), std::pair("src_mac", &context.src_mac)}) {
    if (!frame.contains(key)) continue;
    auto given = mac_of(frame, key);
    if (!given) return forward(given);
    *mac = *given;
  }
  auto source = ProfileSource::make(*profile, context);
  if (!source) return forward(source);
  RunSpec spec{.source = std::move(*source), .count = {}, .duration_ns = {}};
  if (auto ok = read_load(request, spec); !ok) return forward(ok);
  return spec;
}

}  // namespace

Result<RunSpec> run_spec_of(const json& request, const PortInfo& info) {
  if (request.contains("profile")) return profile_spec_of(request, info);
  if (!request.contains("frame") || !request["frame"].is_object()) {
    return error(Exit::kUsage, "the request has no \"frame\" object");
  }
  auto frame = frame_of(request["frame"], info);
  if (!frame) return forward(frame);
  auto flow = get_uint(request, "flow");
  if (!flow) return forward(flow);
  if (*flow > std::numeric_limits<std::uint16_t>::max())
    return error(Exit::kUsage, "\"flow\" is above 65535");
  frame->flow = static_cast<std::uint16_t>(*flow);
  auto made = FrameTemplate::make(*frame, info.mtu);
  if (!made) return forward(made);
  RunSpec spec{.source = TemplateSource(std::move(*made)), .count = {}, .duration_ns = {}};
  if (auto ok = read_load(request, spec); !ok) return forward(ok);
  return spec;
}

}  // namespace hopcost::pktgen
