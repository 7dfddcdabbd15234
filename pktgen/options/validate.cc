#include "pktgen/options/validate.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "base/units.h"
#include "pktgen/io/number_list.h"
#include "pktgen/source/profile/load.h"

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
    const bool no_device = std::all_of(c.ports.begin(), c.ports.end(), [](const std::string& port) {
      return port.starts_with("null") || port.starts_with("pcap");
    });
    if (no_device || !c.profile.empty() || !c.replay.empty()) return {};
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
  // If one address is given, the other has its family.
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

/// Reads the profile, and refuses options of a fixed frame beside it.
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

Result<std::vector<PortSpec>> specs_of(const std::vector<std::string>& texts, const std::string& netns) {
  std::vector<PortSpec> specs;
  for (const auto& text : texts) {
    auto spec = parse_port_spec(text);
    if (!spec) return forward(spec);
    if (spec->netns.empty()) spec->netns = netns;
    specs.push_back(std::move(*spec));
  }
  return specs;
}

std::size_t queues_of(const std::vector<PortSpec>& specs) noexcept {
  std::size_t n = 0;
  for (const auto& s : specs) n += s.queues.size();
  return n;
}

bool same_device(const PortSpec& a, const PortSpec& b) noexcept {
  return a.backend == b.backend && a.device == b.device && a.netns == b.netns;
}

Result<void> read_ports(const Config& c, Plan& p) {
  if (c.ports.empty())
    return error(Exit::kUsage, "--port is missing", "for example --port af_xdp:veth0; see pktgen --help");
  auto ports = specs_of(c.ports, c.netns);
  if (!ports) return forward(ports);
  auto rx_ports = specs_of(c.rx_ports, c.netns);
  if (!rx_ports) return forward(rx_ports);
  p.ports = std::move(*ports);
  p.rx_ports = std::move(*rx_ports);
  p.i_mean_it = c.i_mean_it;
  const auto sends = std::count_if(p.rx_ports.begin(), p.rx_ports.end(), [&](const PortSpec& rx) {
    return std::any_of(p.ports.begin(), p.ports.end(),
                       [&](const PortSpec& tx) { return same_device(rx, tx); });
  });
  p.rx_is_port = sends > 0;
  if (p.rx_is_port && static_cast<std::size_t>(sends) != p.rx_ports.size())
    return error(Exit::kUsage, "some of --rx-port are sending ports, and some are not",
                 "a run measures round trips or one way: name ports of one kind");
  return {};
}

/// One CPU for each of `workers`, or none when the option is not given.
Result<std::vector<std::uint32_t>> cpus_of(const char* option, const std::string& text, std::size_t workers) {
  if (text.empty()) return std::vector<std::uint32_t>{};
  auto cpus = parse_number_list(text, "CPU");
  if (!cpus) return forward(cpus);
  if (cpus->size() == workers) return cpus;
  return error(
      Exit::kUsage,
      fmt::format("{} {} names {} CPUs, and there are {} workers", option, text, cpus->size(), workers),
      "one for each queue of each port");
}

/// Refuses what only a single worker can do.
Result<void> check_workers(const Config& c, const Plan& p) {
  const std::size_t n = p.workers();
  if (n == 1) return {};
  if (p.replay)
    return error(Exit::kUsage, "a capture is one stream: it is replayed by one worker", "name one queue");
  if (!p.write.empty())
    return error(Exit::kUsage, "--write keeps one file of one worker", "name one queue, or leave it out");
  if (p.train.departures > 1 && p.train.departures % n != 0)
    return error(Exit::kUsage, fmt::format("a train of {} departures is not shared evenly by {} workers",
                                           p.train.departures, n));
  if (c.count && *c.count < n)
    return error(Exit::kUsage,
                 fmt::format("--count {} leaves some of {} workers nothing to send", *c.count, n));
  return {};
}

Result<void> read_workers(const Config& c, Plan& p) {
  if (auto ok = check_workers(c, p); !ok) return ok;
  std::size_t receivers = queues_of(p.rx_ports);
  if (p.rx_is_port) {
    receivers = 0;
    for (auto port = p.ports.begin(); port != p.ports.end(); ++port)  // lanes may share a port
      if (receives(p, *port) &&
          std::none_of(p.ports.begin(), port, [&](const PortSpec& o) { return p.turns && o == *port; }))
        receivers += port->queues.size();
  }
  if (!p.rx_write.empty() && receivers > 1)
    return error(Exit::kUsage, "--rx-write keeps one file of one receiving worker", "name one queue");
  auto cpus = cpus_of("--cpu", c.cpu, p.workers());
  if (!cpus) return forward(cpus);
  auto rx_cpus = cpus_of("--rx-cpu", c.rx_cpu, receivers);
  if (!rx_cpus) return forward(rx_cpus);
  p.cpus = std::move(*cpus);
  p.rx_cpus = std::move(*rx_cpus);
  return {};
}

Result<void> read_rate(const Config& c, Plan& p) {
  if (!c.rate.empty()) {
    auto rate = parse_rate_pieces(c.rate);
    if (!rate) return forward(rate);
    p.rate = std::move(*rate);
  }
  if (!c.turns.empty()) {
    auto turns = parse_turns(c.turns);
    if (!turns) return forward(turns);
    p.turns = *turns;
  }
  if (c.train.empty()) return {};
  auto train = parse_train(c.train);
  if (!train) return forward(train);
  p.train = *train;
  return {};
}

/// Refuses what lanes of one worker can't do. Trains are departures of a plan, so there must be a plan. A
/// lane has one fixed frame, so that a receiver can tell its trains by the packets' numbers.
Result<void> check_turns(const Plan& p) {
  if (!p.turns) return {};
  if (p.rate.empty() || p.rate.front().from.unit == Rate::Unit::kMax)
    return error(Exit::kUsage, "--turns needs a --rate: trains are departures of a plan",
                 "like --rate 20kpps");
  if (p.profile || p.replay)
    return error(Exit::kUsage, "--turns goes with one fixed frame a lane, not with a profile or a capture",
                 "leave out --profile or --replay");
  for (const auto& port : p.ports) {
    if (port.queues.size() > 1)
      return error(Exit::kUsage, fmt::format("{} has several queues: a lane has one", to_string(port)),
                   "name one: queue=0");
    if (port.backend != p.ports.front().backend)
      return error(Exit::kUsage, fmt::format("--turns goes with ports of one backend, not with {} and {}",
                                             p.ports.front().backend, port.backend));
  }
  if (p.frame.flow + p.ports.size() > std::size_t{std::numeric_limits<std::uint16_t>::max()} + 1)
    return error(Exit::kUsage,
                 fmt::format("--flow {} leaves too few above it for {} lanes", p.frame.flow, p.ports.size()));
  return {};
}

/// Duration without --duration and --count: that of the rate's pieces, to the end of a capture, or 10 s.
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

/// Reads which capture to send, and when its frames leave.
Result<void> read_replay(const Config& c, Plan& p) {
  if (!c.max_gap.empty() && (c.replay.empty() || !p.rate.empty()))
    return error(Exit::kUsage, "--max-gap is for a --replay at recorded times",
                 "leave out --max-gap, or --rate");
  if (c.replay.empty()) return {};
  if (!c.profile.empty())
    return error(Exit::kUsage, "--replay and --profile are two sources of frames", "leave out one of them");
  if (!c.rx_ports.empty())
    return error(Exit::kUsage, "--rx-port follows probes that are sent now, not those of a capture",
                 "leave out one of them");
  p.replay = ReplayOptions{.file = c.replay, .filter = c.filter, .loops = c.loops, .speed = c.speed};
  if (!c.max_gap.empty()) {
    auto gap = parse_duration(c.max_gap);
    if (!gap) return forward(gap);
    p.replay->max_gap_ns = static_cast<double>(gap->count());
  }
  return check_replay_rate(p.rate);
}

/// Reads which captures are replayed and written.
Result<void> read_captures(const Config& c, Plan& p) {
  p.write = c.write;
  p.rx_write = c.rx_write;
  if (!c.rx_write.empty() && c.rx_ports.empty())
    return error(Exit::kUsage, "--rx-write needs --rx-port", "the port to receive from");
  p.filter = c.filter;
  if (!c.filter.empty() && c.replay.empty() && c.rx_write.empty())
    return error(Exit::kUsage, "--filter picks frames of a --replay, or for --rx-write", "give one of them");
  p.hdr_log = c.hdr_log;
  if (!c.hdr_log.empty() && c.rx_ports.empty())
    return error(Exit::kUsage, "--hdr-log needs --rx-port", "the port to receive from");
  if (!c.stats_interval.empty()) {
    auto interval = parse_duration(c.stats_interval);
    if (!interval) return forward(interval);
    p.stats_ns = static_cast<std::uint64_t>(interval->count());
  }
  return read_replay(c, p);
}

/// Refuses more than one thing on standard output, because they could not be told apart.
Result<void> check_standard_output(const Plan& p) {
  const auto ports = std::ranges::count_if(p.ports, is_standard_output);
  const auto captures = ports + (p.write == "-") + (p.rx_write == "-");
  if (p.control_on_stdout() && (captures > 0 || p.stats_ns > 0))
    return error(Exit::kUsage, "--control-socket - answers on standard output, which is taken then",
                 "leave out --stats-interval, write captures to files, or give a path");
  if (captures < 2) return {};
  return error(Exit::kUsage, "two captures on standard output", "write one of them to a file");
}

/// Reads the options for watching and steering a run.
Result<void> read_watchers(const Config& c, Plan& p) {
  p.control_socket = c.control_socket;
  p.paused = c.paused;
  if (c.paused && c.control_socket.empty())
    return error(Exit::kUsage, "--paused waits for a start that --control-socket takes", "give both");
  if (c.metrics.empty()) return {};
  auto metrics = parse_local_address(c.metrics);
  if (!metrics) return forward(metrics);
  p.metrics = *metrics;
  return {};
}

Result<void> read_load(const Config& c, Plan& p) {
  auto gap = parse_gap(c.gap);
  if (!gap) return forward(gap);
  p.gap = *gap;
  if (c.burst < 1 || c.burst > kMaxBurst) {
    return error(Exit::kUsage, fmt::format("--burst {} is not within 1 and {}", c.burst, kMaxBurst));
  }
  if (c.burst > 1 && p.replay && p.rate.empty())
    return error(Exit::kUsage, "--burst needs a --rate: a capture's own times are those of single frames");
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

Result<void> check_replay_rate(const std::vector<RatePiece>& rate) {
  for (const auto& piece : rate) {
    if (piece.from.unit != Rate::Unit::kPackets && piece.from.unit != Rate::Unit::kMax)
      return error(Exit::kUsage, "a capture is sent at a rate of packets, not of bits",
                   "like --rate 100kpps");
  }
  return {};
}

bool is_standard_output(const PortSpec& port) noexcept {
  return port.backend == "pcap" && port.device == "-";
}

bool Plan::control_on_stdout() const noexcept {
  return control_socket == "-";
}

bool Plan::stdout_is_taken() const noexcept {
  return control_on_stdout() || write == "-" || rx_write == "-" ||
         std::ranges::any_of(ports, is_standard_output);
}

std::size_t Plan::workers() const noexcept {
  return turns ? 1 : queues_of(ports);
}

bool receives(const Plan& plan, const PortSpec& port) noexcept {
  return std::any_of(plan.rx_ports.begin(), plan.rx_ports.end(),
                     [&](const PortSpec& rx) { return same_device(rx, port); });
}

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
  if (auto ok = check_turns(p); !ok) return forward(ok);
  if (auto ok = read_workers(c, p); !ok) return forward(ok);
  if (auto ok = read_watchers(c, p); !ok) return forward(ok);
  if (auto ok = check_standard_output(p); !ok) return forward(ok);
  auto linger = parse_duration(c.linger);
  if (!linger) return forward(linger);
  p.linger_ns = static_cast<std::uint64_t>(linger->count());
  p.seed = c.seed;
  p.stamp = !c.no_stamp;
  if (c.no_stamp && p.turns)
    return error(Exit::kUsage, "--no-stamp and --turns: frames without number and time have no lane");
  if (c.no_stamp && !p.rx_ports.empty())
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
