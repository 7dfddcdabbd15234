// named_ports() of ways.h: the ways through a device that is there already.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "campaign/device/ways.h"

namespace hopcost::campaign {
namespace {

/// The counters of the device of a pktgen port spec, BACKEND:DEVICE[@NETNS][,option...]; nothing if that is
/// no kernel device.
std::optional<DeviceCounters> counters_of(const std::string& spec) {
  const auto colon = spec.find(':');
  const std::string backend = spec.substr(0, colon);
  if (colon == std::string::npos || (backend != "af_packet" && backend != "af_xdp" && backend != "xdp"))
    return std::nullopt;
  const std::string rest = spec.substr(colon + 1, spec.find(',') - colon - 1);
  const auto at = rest.find('@');
  auto opened = DeviceCounters::open(rest.substr(0, at), at == std::string::npos ? "" : rest.substr(at + 1));
  return opened ? std::optional(std::move(*opened)) : std::nullopt;
}

/// The frames from an input to an output of several, by their places.
Frames between_ports(const DeviceConfig& config, std::size_t input, std::size_t output) {
  Frames frames = frames_asked(config);
  if (input > 0)
    frames.src_ip = config.ipv6 ? fmt::format("~2001:2:0:{0}::2..2001:2:0:{0}::ffff", 1 + input)
                                : fmt::format("~198.18.{0}.2..198.18.{0}.254", 1 + input);
  if (output > 0)
    frames.dst_ip = config.ipv6 ? fmt::format("~2001:2:0:c{0:03x}::1..2001:2:0:c{0:03x}::fe", output)
                                : fmt::format("~198.19.{0}.1..198.19.{0}.254", 127 + output);
  return frames;
}

/// RFC 2889 section 5.5: the first port sends to both outputs in turn, the second only to the second output.
Ways congested_ports(const DeviceConfig& config, const std::vector<std::string>& macs) {
  const auto& p = config.ports;
  Frames to_first = between_ports(config, 0, 0), to_second = between_ports(config, 0, 1),
         from_second = between_ports(config, 1, 1);
  to_first.flow = 1;
  to_second.flow = 2;
  from_second.flow = 3;
  Ways w;
  w.ways.push_back({.way = Way::kForth, .from = p[0], .to = p[2], .dst_mac = macs[0]});
  w.ways.back().also_to = {p[3]};
  w.ways.back().flows = {to_first, to_second};
  w.ways.push_back({.way = Way::kForth, .from = p[1], .to = p[3], .dst_mac = macs[1]});
  w.ways.back().flows = {from_second};
  return w;
}

/// RFC 2544 section 16: each input sends to all outputs in turn. The k-th begins with the k-th output, so
/// that all outputs get frames at the same rate at any time.
Ways several_ports(const DeviceConfig& config, const std::vector<std::string>& macs) {
  const std::size_t n = config.ports.size() / 2;
  Ways w;
  for (std::size_t input = 0; input < n; ++input) {
    OneWay way{.way = Way::kForth,
               .from = config.ports[input],
               .to = config.ports[n + input],
               .dst_mac = macs[input]};
    for (std::size_t turn = 0; turn < n; ++turn) {
      const std::size_t output = (input + turn) % n;
      if (turn > 0) way.also_to.push_back(config.ports[n + output]);
      Frames frames = between_ports(config, input, output);
      frames.flow = static_cast<std::uint16_t>(input * n + turn + 1);
      way.flows.push_back(frames);
    }
    way.tester_out = counters_of(way.from);
    w.ways.push_back(std::move(way));
  }
  return w;
}

}  // namespace

Result<Ways> named_ports(const DeviceConfig& config) {
  const auto macs = split(config.dst_mac, ',');
  if (config.has_several_inputs()) {
    const std::size_t inputs = config.ports.size() / 2;
    if (macs.size() != inputs)
      return error(Exit::kUsage, fmt::format("{} inputs need the device's MAC at each of them", inputs),
                   "like --dst-mac 02:00:00:00:00:01,02:00:00:00:00:02");
    const bool congestion = std::ranges::find(config.tests, "congestion") != config.tests.end();
    return congestion ? congested_ports(config, macs) : several_ports(config, macs);
  }
  Ways w;
  const auto add = [&](Way way, const std::string& from, const std::string& to, const std::string& mac) {
    OneWay one{.way = way,
               .from = from,
               .to = to,
               .dst_mac = mac,
               .one_frame = config.sends_by_xdp(),
               .flows = {frames_asked(config)}};
    if (config.ports.size() == 3 && way == Way::kForth) {
      one.monitor = config.ports[2];
      one.monitor_in = counters_of(one.monitor);
    }
    one.tester_out = counters_of(from);
    one.tester_in = counters_of(to);
    w.ways.push_back(std::move(one));
  };
  add(Way::kForth, config.ports[0], config.ports[1], macs.front());
  if (!config.bidirectional) return w;
  if (macs.size() != 2)
    return error(Exit::kUsage, "--bidirectional needs the device's MAC on each side",
                 "like --dst-mac 02:00:00:00:00:01,02:00:00:00:00:02");
  add(Way::kBack, config.ports[1], config.ports[0], macs[1]);
  return w;
}

}  // namespace hopcost::campaign
