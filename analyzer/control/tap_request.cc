#include "analyzer/control/tap_request.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "analyzer/control/members.h"
#include "base/control.h"

namespace hopcost::analyzer {

using nlohmann::json;

namespace {

/// The UDP ports in member `key`, each with its namespace.
Result<std::vector<UdpEnd>> ports_of(const json& object, const char* key) {
  auto list = objects_of(object, key);
  if (!list) return forward(list);
  std::vector<UdpEnd> ports;
  for (const auto& j : *list) {
    const auto port = get_uint(j, "port");
    if (!port || *port == 0 || *port > 65535)
      return error(Exit::kUsage, fmt::format("member \"{}\": an element without a port of 1 to 65535", key),
                   kSeeControlDoc);
    ports.push_back({get_string_or(j, "netns", ""), static_cast<std::uint16_t>(*port)});
  }
  return ports;
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
                 kSeeControlDoc);
  spec.port = static_cast<std::uint16_t>(port);
  auto also = ports_of(j, "also");
  if (!also) return forward(also);
  if (!also->empty() && port == 0)
    return error(Exit::kUsage, fmt::format("tap {}: \"also\" names further ends of a port", spec.name),
                 kSeeControlDoc);
  spec.also = *std::move(also);
  spec.netns = get_string_or(j, "netns", "");
  spec.kind = get_string_or(j, "kind", spec.kind);
  spec.direction = direction == "in" ? Direction::kIn : Direction::kOut;
  return spec;
}

Result<std::vector<TapSpec>> taps_of(const json& list) {
  std::vector<TapSpec> taps;
  for (const auto& j : list) {
    auto tap = tap_of(j);
    if (!tap) return forward(tap);
    taps.push_back(std::move(*tap));
  }
  if (auto valid = validate_taps(taps); !valid) return forward(valid);
  return taps;
}

Result<WantedPath> wanted_path(std::string name, const json& j) {
  WantedPath path{std::move(name), {}, {}};
  auto sinks = ports_of(j, "sinks");
  if (!sinks) return forward(sinks);
  path.sinks = std::move(*sinks);
  if (!j.contains("taps")) return path;
  auto list = objects_of(j, "taps");
  if (!list) return forward(list);
  auto taps = taps_of(*list);
  if (!taps) return forward(taps);
  path.taps = std::move(*taps);
  return path;
}

Result<UnwantedPath> unwanted_path(std::string name, const json& j) {
  UnwantedPath path{std::move(name), {}};
  const auto list = j.find("taps");
  if (list == j.end()) return path;
  const auto is_string = [](const json& tap) { return tap.is_string(); };
  if (!list->is_array() || !std::ranges::all_of(*list, is_string))
    return error(Exit::kUsage, "member \"taps\": expected an array of names", kSeeControlDoc);
  path.taps = list->get<std::vector<std::string>>();
  return path;
}

/// Reads each object of "paths" with `read(name, object)`.
template <class Path>
Result<std::vector<Path>> paths_of(const json& request, Result<Path> (*read)(std::string, const json&)) {
  auto list = some_objects_of(request, "paths");
  if (!list) return forward(list);
  std::vector<Path> paths;
  for (const json& j : *list) {
    auto name = get_string(j, "path");
    if (!name) return forward(name);
    if (std::ranges::find(paths, *name, &Path::name) != paths.end())
      return error(Exit::kUsage, fmt::format("member \"paths\": path {} is there twice", *name));
    auto path = read(std::move(*name), j);
    if (!path) return forward(path);
    paths.push_back(std::move(*path));
  }
  return paths;
}

}  // namespace

Result<std::vector<WantedPath>> arm_of(const json& request) {
  return paths_of(request, &wanted_path);
}

Result<std::vector<UnwantedPath>> disarm_of(const json& request) {
  return paths_of(request, &unwanted_path);
}

}  // namespace hopcost::analyzer
