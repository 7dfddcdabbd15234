#include "nsglue/show/path.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <optional>

#include "nsglue/topology/address.h"

namespace hopcost::nsglue {
namespace {

constexpr int kRoutedCost = 1000;  // more than any path without routing
constexpr int kUnderCost = 100;    // so that packets are routed into a tunnel, not beside it

bool is_port_of(const Device& port, const Device& bridge) {
  return port.at.node == bridge.at.node && port.master == bridge.at.device;
}

bool has_address(const Device& d) {
  return !d.ipv4.empty() || !d.ipv6.empty();
}

/// Whether a tunnel's outer packets leave through the device: it is in the tunnel's node, and the tunnel's
/// remote is in its subnet.
bool carries(const Device& under, const Device& tunnel) {
  const auto remote = tunnel.options.find("remote");
  if (remote == tunnel.options.end() || under.at.node != tunnel.at.node || &under == &tunnel) return false;
  return std::ranges::any_of(under.ipv4, [&](const std::string& text) {
    auto own = parse_prefix(text);
    auto other = parse_address(remote->second);
    return own && other && same_subnet(*own, *other);
  });
}

bool carries_any(const Topology& t, const Device& under) {
  return std::ranges::any_of(t.devices, [&](const Device& d) { return carries(under, d); });
}

/// How packets pass directly from one device to the other; nothing when they don't.
std::optional<Way> way_between(const Device& from, const Device& to) {
  if (from.peer == to.at && !from.options.contains("remote")) return Way::kPair;
  if (from.lower == to.at || to.lower == from.at) return Way::kStack;
  if (is_port_of(from, to) || is_port_of(to, from)) return Way::kStack;
  if (carries(from, to) || carries(to, from)) return Way::kStack;
  if (from.at.node == to.at.node && has_address(from) && has_address(to)) return Way::kRouted;
  return std::nullopt;
}

/// The same by a BPF program, for a device whose packets it redirects.
std::optional<Way> redirected(const Topology& t, const Device& from, const Device& to) {
  for (const Redirect& r : t.redirects) {
    const bool to_peer = r.how == "peer" && to.peer == r.to;
    if (r.at == from.at && (to_peer || (r.how == "device" && r.to == to.at))) return Way::kRedirected;
  }
  return std::nullopt;
}

/// What the search knows of a device.
struct Reached {
  int cost = std::numeric_limits<int>::max();
  bool done = false;
  std::size_t from = 0;
  Way by = Way::kStart;
};

/// The cheapest device that is not done yet; nothing when all that can be reached are done.
std::optional<std::size_t> next_of(const std::vector<Reached>& all) {
  std::optional<std::size_t> best;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i].done || all[i].cost == std::numeric_limits<int>::max()) continue;
    if (!best || all[i].cost < all[*best].cost) best = i;
  }
  return best;
}

/// Dijkstra's shortest paths from one device.
std::vector<Reached> ways_from(const Topology& t, std::size_t start) {
  std::vector<Reached> all(t.devices.size());
  all[start].cost = 0;
  while (const auto at = next_of(all)) {
    all[*at].done = true;
    for (std::size_t i = 0; i < all.size(); ++i) {
      auto way = redirected(t, t.devices[*at], t.devices[i]);
      if (!way) way = way_between(t.devices[*at], t.devices[i]);
      if (!way || i == *at) continue;
      const bool under =
          *way == Way::kRouted && (carries_any(t, t.devices[*at]) || carries_any(t, t.devices[i]));
      const int cost = all[*at].cost + (*way == Way::kRouted ? kRoutedCost : 1) + (under ? kUnderCost : 0);
      if (cost < all[i].cost) all[i] = {cost, false, *at, *way};
    }
  }
  return all;
}

std::size_t index_of(const Topology& t, const DeviceRef& at) {
  return static_cast<std::size_t>(t.find(at) - t.devices.data());
}

/// Whether packets that are routed to the bridge were sent to another address.
bool publishes(const Topology& t, const DeviceRef& bridge) {
  return std::ranges::any_of(t.published, [&](const Publish& p) { return p.bridge == bridge; });
}

/// Extends the path from its last hop to the target.
void walk_to(const Topology& t, const DeviceRef& target, std::vector<Hop>& path) {
  if (path.back().at == target) return;
  const std::size_t start = index_of(t, path.back().at);
  const auto ways = ways_from(t, start);
  std::size_t at = index_of(t, target);
  if (ways[at].cost == std::numeric_limits<int>::max()) return path.push_back({target, Way::kUnknown});
  const std::size_t before = path.size();
  for (; at != start; at = ways[at].from) path.push_back({t.devices[at].at, ways[at].by});
  for (std::size_t i = before; i < path.size(); ++i) {
    if (path[i].by == Way::kRouted && publishes(t, path[i].at)) path[i].by = Way::kTranslated;
  }
  std::reverse(path.begin() + static_cast<std::ptrdiff_t>(before), path.end());
}

const char* arrow(Way way) {
  switch (way) {
    case Way::kStart:
      return "";
    case Way::kPair:
      return " == ";
    case Way::kStack:
      return " -> ";
    case Way::kRouted:
      return " -routed-> ";
    case Way::kRedirected:
      return " -bpf-> ";
    case Way::kTranslated:
      return " -nat-> ";
    case Way::kUnknown:
      break;
  }
  return " ... ";
}

}  // namespace

std::vector<Hop> path_of(const Topology& topology) {
  std::vector<Hop> path = {{topology.sender, Way::kStart}};
  for (const Tap& tap : topology.taps) walk_to(topology, tap.at, path);
  walk_to(topology, topology.target, path);
  return path;
}

std::string draw_path(const Topology& topology) {
  std::string line, node;
  auto tap = topology.taps.begin();
  for (const Hop& hop : path_of(topology)) {
    line += arrow(hop.by) + (hop.at.node == node ? hop.at.device : hop.at.text());
    node = hop.at.node;
    for (; tap != topology.taps.end() && tap->at == hop.at; ++tap)
      line += fmt::format(" [tap {}{}{}]", tap->name, tap->hook.empty() ? "" : " at ", tap->hook);
  }
  for (const SinkPort& sink : topology.sinks) {
    if (sink.node == node) line += fmt::format(" -> udp/{}", sink.port);
  }
  return line;
}

}  // namespace hopcost::nsglue
