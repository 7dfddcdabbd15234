#include "nsglue/realised_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "nsglue/show/path.h"
#include "nsglue/topology/containers.h"

namespace hopcost::nsglue {

using nlohmann::json;

namespace {

json to_json(const Endpoint& e) {
  return {{"netns", e.netns}, {"device", e.device}, {"mac", e.mac}, {"ipv4", e.ipv4}, {"ipv6", e.ipv6}};
}

/// When there are many containers, a line for each: where its packets end and what they are addressed to.
void print_containers(const Realised& r) {
  for (std::size_t i = 0; i < r.containers.size(); ++i) {
    const Realised& one = r.containers[i];
    fmt::print("  {:>4}  {}/{}  {}  {}  {}  udp/{}\n", i + 1, one.target.netns, one.target.device,
               one.target.mac, one.target.ipv4, one.target.ipv6, one.port);
  }
}

}  // namespace

json realised_json(const Realised& r) {
  json containers = json::array();
  for (const Realised& one : r.containers) containers.push_back(realised_json(one));
  json taps = json::array();
  for (const TapPoint& t : r.taps) {
    taps.push_back({{"name", t.name},
                    {"netns", t.netns},
                    {"device", t.device},
                    {"direction", t.direction},
                    {"hook", t.hook.empty() ? json(nullptr) : json(t.hook)}});
  }
  json sinks = json::array();
  for (const Sink& s : r.sinks) sinks.push_back({{"netns", s.netns}, {"port", s.port}});
  return {{"topology", r.topology},
          {"instance", r.instance},
          {"netns", r.netns},
          {"sender", to_json(r.sender)},
          {"target", to_json(r.target)},
          {"taps", taps},
          {"sinks", sinks},
          {"port", r.port},
          {"containers", containers}};
}

void print_realised(const Topology& topology, const Realised& r) {
  fmt::print("{} (topology {})\n", r.instance, r.topology);
  fmt::print("  {}\n", draw_path(container_view(topology, 0)));
  if (!r.containers.empty()) fmt::print("  and the same for each of {} containers\n", r.containers.size());
  const std::string from = r.sender.netns + "/" + r.sender.device,
                    to = r.target.netns + "/" + r.target.device;
  const std::size_t width = std::max(from.size(), to.size());
  fmt::print("  from  {:<{}}  {}  {}  {}\n", from, width, r.sender.mac, r.sender.ipv4, r.sender.ipv6);
  if (!r.containers.empty()) return print_containers(r);
  fmt::print("  to    {:<{}}  {}  {}  {}\n", to, width, r.target.mac, r.target.ipv4, r.target.ipv6);
}

}  // namespace hopcost::nsglue
