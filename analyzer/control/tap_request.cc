#include "analyzer/control/tap_request.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/control.h"

namespace hopcost::analyzer {

using nlohmann::json;

namespace {

/// An array of objects, or an empty one when it is absent.
Result<json> objects_of(const json& request, const char* key) {
  const json list = request.value(key, json::array());
  const auto is_object = [](const json& j) { return j.is_object(); };
  if (!list.is_array() || !std::all_of(list.begin(), list.end(), is_object)) {
    return error(Exit::kUsage, fmt::format("member \"{}\": expected an array of objects", key),
                 "see doc/control-protocol.md");
  }
  return list;
}

Result<TapSpec> tap_of(const json& j) {
  TapSpec spec;
  auto name = get_string(j, "name");
  if (!name) return forward(name);
  const auto direction = get_string_or(j, "direction", "in");
  if (direction != "in" && direction != "out") {
    return error(Exit::kUsage, fmt::format("tap {}: direction '{}'", *name, direction), "'in' or 'out'");
  }
  spec.name = std::move(*name);
  spec.device = get_string_or(j, "device", "");
  spec.tracepoint = get_string_or(j, "tracepoint", "");
  spec.hook = get_string_or(j, "hook", "");
  const bool known = spec.hook.empty() || spec.hook == "tc" || (spec.hook == "xdp" && direction == "in");
  if (!known || (!spec.hook.empty() && (spec.device.empty() || !spec.tracepoint.empty())))
    return error(Exit::kUsage, fmt::format("tap {}: hook '{}'", spec.name, spec.hook),
                 "'tc', or 'xdp' with direction 'in', of a device");
  const std::uint64_t port = get_uint_or(j, "port", 0);
  if (port > 65'535 || (port == 0 && spec.device.empty()))
    return error(Exit::kUsage, fmt::format("tap {}: no device, and no port of 1 to 65535", spec.name),
                 "see doc/control-protocol.md");
  spec.port = static_cast<std::uint16_t>(port);
  spec.netns = get_string_or(j, "netns", "");
  spec.kind = get_string_or(j, "kind", spec.kind);
  spec.direction = direction == "in" ? Direction::kIn : Direction::kOut;
  return spec;
}

}  // namespace

Result<std::vector<TapSpec>> taps_of(const json& request) {
  auto list = objects_of(request, "taps");
  if (!list) return forward(list);
  std::vector<TapSpec> taps;
  for (const auto& j : *list) {
    auto tap = tap_of(j);
    if (!tap) return forward(tap);
    taps.push_back(std::move(*tap));
  }
  if (auto valid = validate_taps(taps); !valid) return forward(valid);
  return taps;
}

Result<std::vector<SinkSpec>> sinks_of(const json& request) {
  auto list = objects_of(request, "sinks");
  if (!list) return forward(list);
  std::vector<SinkSpec> sinks;
  for (const auto& j : *list) {
    const auto port = get_uint(j, "port");
    if (!port || *port == 0 || *port > 65535) {
      return error(Exit::kUsage, "a sink without a port of 1 to 65535", "see doc/control-protocol.md");
    }
    sinks.push_back({get_string_or(j, "netns", ""), static_cast<std::uint16_t>(*port)});
  }
  return sinks;
}

}  // namespace hopcost::analyzer
