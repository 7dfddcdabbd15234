#include "campaign/bench/path.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>

namespace hopcost::campaign {
namespace {

using nlohmann::json;

json tap_json(const Point& point, const std::string& kind) {
  json tap = {{"name", point.name}, {"netns", point.netns}, {"kind", kind}};
  if (point.port != 0) {
    tap["port"] = point.port;
    for (const nsglue::Sink& end : point.also)
      tap["also"].push_back({{"netns", end.netns}, {"port", end.port}});
  } else {
    tap["device"] = point.device;
    tap["direction"] = point.direction;
    if (!point.tracepoint.empty()) tap["tracepoint"] = point.tracepoint;
    if (!point.hook.empty()) tap["hook"] = point.hook;
  }
  return tap;
}

/// The additional points that a bpf tap can watch before the tap point `t`. Transmit side: as the packet
/// enters the queueing discipline. Receive side of a veth, which hands over by netif_rx: as it enters the
/// CPU's backlog and as it leaves it.
std::vector<Point> points_before(const nsglue::TapPoint& t, bool veth) {
  const auto traced = [&](const char* word, const char* tracepoint) {
    return Point{t.name + "." + word, t.netns, t.device, t.direction, 0, tracepoint};
  };
  if (t.direction == "out") return {traced("queue", "net_dev_queue")};
  if (!veth) return {};  // macvlan hands up by a direct call: neither tracepoint fires
  return {traced("backlog", "netif_rx"), traced("poll", "netif_receive_skb")};
}

/// The topology's taps as bpf taps, and the socket at the end. On the transmit side the tap stands at the tc
/// hook: for a packet socket the kernel would clone every packet, and a tracepoint would see the packets of
/// the whole machine.
std::vector<Point> bpf_points(const Path& path, bool fine) {
  std::vector<Point> points;
  for (std::size_t i = 0; i < path.built.taps.size(); ++i) {
    const auto& t = path.built.taps[i];
    const nsglue::Device* const device = path.topology.find(path.topology.taps[i].at);
    const bool veth = device != nullptr && device->kind == "veth";
    if (fine) std::ranges::move(points_before(t, veth), std::back_inserter(points));
    const std::string hook = t.direction == "out" && t.hook.empty() ? "tc" : t.hook;
    points.push_back({t.name, t.netns, t.device, t.direction, 0, {}, hook});
  }
  if (!path.built.sinks.empty()) {
    const auto& sink = path.built.sinks.front();
    Point end{"socket", sink.netns, fmt::format("udp/{}", sink.port), "in", sink.port};
    for (std::size_t c = 1; c < path.built.containers.size(); ++c)
      end.also.push_back(path.built.containers[c].sinks.front());
    points.push_back(std::move(end));
  }
  return points;
}

std::vector<Point> af_packet_points(const Path& path) {
  std::vector<Point> points;
  for (const auto& t : path.built.taps) points.push_back({t.name, t.netns, t.device, t.direction, 0, {}});
  return points;
}

}  // namespace

std::vector<Point> points_of(const Path& path, const std::string& tap_kind, bool fine) {
  return tap_kind == kBpfTaps ? bpf_points(path, fine) : af_packet_points(path);
}

void drop_shared_points(std::vector<Path>& paths) {
  const auto passes = [](const Path& path, const Point& point) {
    return std::ranges::any_of(path.built.taps, [&](const nsglue::TapPoint& t) {
      return t.netns == point.netns && t.device == point.device;
    });
  };
  for (Path& path : paths) {
    const auto shared = [&](const Point& point) {
      if (&point == &path.points.back()) return false;
      return std::ranges::any_of(paths, [&](const Path& p) { return &p != &path && passes(p, point); });
    };
    std::vector<Point> own;
    std::ranges::remove_copy_if(path.points, std::back_inserter(own), shared);
    path.points = std::move(own);
  }
}

bool ends_at_target(const Path& path) {
  // What a virtual machine sends back is watched at the point where it leaves the machine.
  return !path.points.empty() &&
         (path.topology.ends_in_machine() || path.points.back().netns == path.built.target.netns);
}

std::vector<json> taps_for(const Path& path, const std::string& tap_kind, bool all,
                           std::optional<std::size_t> interior) {
  std::vector<json> open;
  for (std::size_t i = 0; i < path.points.size(); ++i) {
    const bool end = i + 1 == path.points.size();
    if (end || all || interior == i) open.push_back(tap_json(path.points[i], tap_kind));
  }
  return open;
}

}  // namespace hopcost::campaign
