#include "pktgen/validate.h"

#include <fmt/format.h>

#include <limits>

#include "pktgen/profile/load.h"
#include "pktgen/run.h"

namespace hopcost::pktgen {
namespace {

constexpr std::uint64_t kDefaultDurationNs = 10 * kNsPerSecond;

Result<std::uint16_t> sixteen_bits(const char* option, std::uint32_t value) {
  constexpr std::uint32_t kMost = std::numeric_limits<std::uint16_t>::max();
  if (value > kMost) return error(Exit::kUsage, fmt::format("{} {} is above {}", option, value, kMost));
  return static_cast<std::uint16_t>(value);
}

Result<IpAddress> address_or(const std::string& text, bool v6, const char* v4_default,
                             const char* v6_default) {
  return parse_ip(!text.empty() ? text : v6 ? v6_default : v4_default);
}

Result<void> read_macs(const Config& c, FrameSpec& f) {
  if (!c.src_mac.empty()) {
    auto mac = parse_mac(c.src_mac);
    if (!mac) return forward(mac);
    f.src_mac = *mac;
  }
  if (c.dst_mac.empty()) {
    if (c.port.starts_with("null") || c.port.starts_with("pcap") || !c.profile.empty() || !c.replay.empty())
      return {};
    return error(Exit::kUsage, "--dst-mac is missing",
                 "where should the probes go? ff:ff:ff:ff:ff:ff is everybody on the link");
  }
  auto mac = parse_mac(c.dst_mac);
  if (!mac) return forward(mac);
  f.dst_mac = *mac;
  return {};
}

Result<FrameSpec> frame_of(const Config& c) {
  FrameSpec f;
  if (auto ok = read_macs(c, f); !ok) return forward(ok);
  // One address given decides the family of the other.
  const bool v6 = (c.dst_ip + c.src_ip).find(':') != std::string::npos;
  auto dst = address_or(c.dst_ip, v6, "198.18.0.2", "2001:2::2");
  if (!dst) return forward(dst);
  auto src = address_or(c.src_ip, v6, "198.18.0.1", "2001:2::1");
  if (!src) return forward(src);
  auto dst_port = sixteen_bits("--dst-port", c.dst_port);
  if (!dst_port) return forward(dst_port);
  auto src_port = sixteen_bits("--src-port", c.src_port);
  if (!src_port) return forward(src_port);
  auto flow = sixteen_bits("--flow", c.flow);
  if (!flow) return forward(flow);
  f.dst_ip = *dst;
  f.src_ip = *src;
  f.dst_port = *dst_port;
  f.src_port = *src_port;
  f.flow = *flow;
  f.size = c.size != 0 ? c.size : min_frame_size(dst->v6);
  // All but the device's MTU is checked here, before anything is opened.
  if (auto made = FrameTemplate::make(f, std::numeric_limits<std::uint16_t>::max()); !made)
    return forward(made);
  return f;
}

/// The profile, and that nothing was said of a fixed frame besides.
Result<void> read_profile_options(const Config& c, Plan& p) {
  if (c.profile.empty()) return {};
  if (!c.dst_ip.empty() || !c.src_ip.empty() || c.size != 0) {
    return error(Exit::kUsage, "--dst-ip, --src-ip and --size are of the fixed frame, not of a profile",
                 "say it in the profile: eth/ipv4(dst=198.18.0.2)/udp size=64");
  }
  auto profile = load_profile(c.profile);
  if (!profile) return forward(profile);
  p.profile = std::move(*profile);
  return {};
}

Result<void> read_ports(const Config& c, Plan& p) {
  if (c.port.empty())
    return error(Exit::kUsage, "--port is missing", "for example --port af_xdp:veth0; see pktgen --help");
  auto port = parse_port_spec(c.port);
  if (!port) return forward(port);
  p.port = *port;
  if (p.port.netns.empty()) p.port.netns = c.netns;
  p.i_mean_it = c.i_mean_it;
  if (c.rx_port.empty()) return {};
  auto rx = parse_port_spec(c.rx_port);
  if (!rx) return forward(rx);
  if (rx->netns.empty()) rx->netns = c.netns;
  p.rx_is_port = rx->backend == p.port.backend && rx->device == p.port.device && rx->netns == p.port.netns;
  p.rx_port = *rx;
  return {};
}

Result<void> read_rate(const Config& c, Plan& p) {
  if (!c.rate.empty()) {
    auto rate = parse_rate_pieces(c.rate);
    if (!rate) return forward(rate);
    p.rate = std::move(*rate);
  }
  if (c.train.empty()) return {};
  auto train = parse_train(c.train);
  if (!train) return forward(train);
  p.train = *train;
  return {};
}

/// Without --duration and --count: as long as the rate's pieces say, to the end of a capture, or 10 s.
std::optional<std::uint64_t> default_duration(const Plan& p) {
  std::uint64_t sum = 0;
  for (const auto& piece : p.rate) {
    if (piece.ns == 0) sum = 0;
    sum += piece.ns;
  }
  if (sum > 0 && p.rate.back().ns > 0) return sum;
  if (p.replay && p.replay->loops != 0) return std::nullopt;
  return kDefaultDurationNs;
}

/// What is read from and written to files.
Result<void> read_captures(const Config& c, Plan& p) {
  p.write = c.write;
  p.rx_write = c.rx_write;
  if (!c.rx_write.empty() && c.rx_port.empty())
    return error(Exit::kUsage, "--rx-write needs --rx-port", "the port to receive from");
  if (!c.stats_interval.empty()) {
    auto interval = parse_duration(c.stats_interval);
    if (!interval) return forward(interval);
    p.stats_ns = static_cast<std::uint64_t>(interval->count());
  }
  if (c.replay.empty()) return {};
  if (!c.profile.empty())
    return error(Exit::kUsage, "--replay and --profile are two sources of frames", "leave out one of them");
  if (!c.rx_port.empty())
    return error(Exit::kUsage, "--rx-port follows probes that are sent now, not those of a capture",
                 "leave out one of them");
  p.replay = ReplayOptions{.file = c.replay, .loops = c.loops, .speed = c.speed};
  for (const auto& piece : p.rate) {
    if (piece.from.unit != Rate::Unit::kPackets && piece.from.unit != Rate::Unit::kMax)
      return error(Exit::kUsage, "a capture is sent at a rate of packets, not of bits",
                   "like --rate 100kpps");
  }
  return {};
}

Result<void> read_load(const Config& c, Plan& p) {
  auto gap = parse_gap(c.gap);
  if (!gap) return forward(gap);
  p.gap = *gap;
  if (c.burst < 1 || c.burst > kMaxBurst) {
    return error(Exit::kUsage, fmt::format("--burst {} is not within 1 and {}", c.burst, kMaxBurst));
  }
  p.burst = c.burst;
  if (c.count == 0u) return error(Exit::kUsage, "--count 0 sends nothing");
  p.count = c.count;
  if (!c.duration) {
    if (!c.count) p.duration_ns = default_duration(p);
    return {};
  }
  auto duration = parse_duration(*c.duration);
  if (!duration) return forward(duration);
  p.duration_ns = static_cast<std::uint64_t>(duration->count());
  return {};
}

}  // namespace

Result<Plan> validate(const Config& c) {
  Plan p;
  if (auto ok = read_ports(c, p); !ok) return forward(ok);
  auto frame = frame_of(c);
  if (!frame) return forward(frame);
  p.frame = *frame;
  if (auto ok = read_profile_options(c, p); !ok) return forward(ok);
  if (auto ok = read_rate(c, p); !ok) return forward(ok);
  if (auto ok = read_captures(c, p); !ok) return forward(ok);
  if (auto ok = read_load(c, p); !ok) return forward(ok);
  auto linger = parse_duration(c.linger);
  if (!linger) return forward(linger);
  p.linger_ns = static_cast<std::uint64_t>(linger->count());
  p.seed = c.seed;
  p.stamp = !c.no_stamp;
  if (c.no_stamp && p.rx_port)
    return error(Exit::kUsage,
                 "--no-stamp and --rx-port: frames without number and time can't be told apart");
  return p;
}

Result<Gap> parse_gap(const std::string& text) {
  for (const Gap gap : {Gap::kConstant, Gap::kJittered, Gap::kPoisson})
    if (text == gap_name(gap)) return gap;
  return error(Exit::kUsage, fmt::format("there is no gap '{}'", text), "constant, jittered or poisson");
}

const char* gap_name(Gap gap) noexcept {
  switch (gap) {
    case Gap::kConstant:
      return "constant";
    case Gap::kJittered:
      return "jittered";
    case Gap::kPoisson:
      return "poisson";
  }
  return "";
}

}  // namespace hopcost::pktgen
