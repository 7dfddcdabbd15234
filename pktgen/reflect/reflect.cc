#include "pktgen/reflect/reflect.h"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <optional>
#include <thread>

#include "base/log.h"
#include "base/privilege.h"
#include "base/quantity.h"
#include "base/signals.h"
#include "pktgen/pace/thread.h"
#include "pktgen/reflect/port_reflector.h"
#include "pktgen/reflect/report.h"
#include "pktgen/reflect/xdp/xdp_reflector.h"
#include "pktgen/report/report_text.h"

namespace hopcost::pktgen {
namespace {

using std::chrono::steady_clock;

struct ReflectPlan {
  PortSpec port;
  std::string i_mean_it;
  ReflectLimits limits;
  bool limited = false;
  std::uint64_t stats_ns = 0;  ///< 0: none.
};

Result<void> check_backend(const PortSpec& port) {
  if (port.backend == "null")
    return error(Exit::kUsage, "null can't reflect: nothing comes in there",
                 "use af_packet, af_xdp, dpdk or xdp");
  if (port.backend == "pcap")
    return error(Exit::kUsage, "pcap can't reflect: it writes a file, and nobody waits at its other end",
                 "use af_packet, af_xdp, dpdk or xdp");
  return {};
}

Result<ReflectPlan> plan_of(const Config& c) {
  auto port = parse_port_spec(c.reflect.port);
  if (!port) return forward(port);
  if (auto ok = check_backend(*port); !ok) return forward(ok);
  ReflectPlan p{.port = *port, .i_mean_it = c.i_mean_it, .limits = {}};
  if (p.port.netns.empty()) p.port.netns = c.netns;
  p.limited = c.count || c.duration;
  if (c.count == 0u) return error(Exit::kUsage, "--count 0 reflects nothing");
  if (c.count) p.limits.count = *c.count;
  if (c.duration) {
    auto duration = parse_duration(*c.duration);
    if (!duration) return forward(duration);
    p.limits.duration_ns = static_cast<std::uint64_t>(duration->count());
  }
  if (!c.stats_interval.empty()) {
    auto interval = parse_duration(c.stats_interval);
    if (!interval) return forward(interval);
    p.stats_ns = static_cast<std::uint64_t>(interval->count());
  }
  return p;
}

/// The live line and the stats lines while a reflector works; both are written by this thread.
class Watch {
 public:
  Watch(std::uint64_t stats_ns, bool live) : stats_ns_(stats_ns), live_(live && isatty(STDERR_FILENO) == 1) {}
  ~Watch() {
    if (live_) print_to(stderr, "\r\033[K");
  }

  void look(const ReflectCounts& counts) {
    const auto now = steady_clock::now();
    if (stats_ns_ > 0 && now - line_.at >= std::chrono::nanoseconds(stats_ns_)) {
      const auto elapsed = std::chrono::nanoseconds(now - begin_).count();
      print_to(stdout, reflect_line(static_cast<std::uint64_t>(elapsed), counts, line_.rate(now, counts)));
    }
    if (live_ && now - second_.at >= std::chrono::seconds(1)) {
      print_to(stderr, fmt::format("\r\033[K{:>4} s  reflected {}, {}pps, left {}",
                                   std::chrono::duration_cast<std::chrono::seconds>(now - begin_).count(),
                                   counts.reflected(), scaled(second_.rate(now, counts)), left(counts)));
    }
  }
  [[nodiscard]] std::chrono::nanoseconds nap() const {
    constexpr std::uint64_t kLongest = 20'000'000;
    return std::chrono::nanoseconds(stats_ns_ > 0 ? std::min(stats_ns_, kLongest) : kLongest);
  }

 private:
  struct Mark {
    steady_clock::time_point at = steady_clock::now();
    std::uint64_t reflected = 0;
    double rate(steady_clock::time_point now, const ReflectCounts& c) {
      const double seconds = std::chrono::duration<double>(now - at).count();
      const auto more = static_cast<double>(c.reflected() - reflected);
      at = now;
      reflected = c.reflected();
      return more / seconds;
    }
  };
  static std::uint64_t left(const ReflectCounts& c) {
    std::uint64_t sum = 0;
    for (const auto n : c.seen) sum += n;
    return sum - c.of(TurnVerdict::kTurn);
  }

  std::uint64_t stats_ns_;
  bool live_;
  steady_clock::time_point begin_ = steady_clock::now();
  Mark line_, second_;
};

template <class R>
Exit supervise(R& reflector, const Config& config, const ReflectPlan& plan, const PortInfo& info) {
  if (!config.quiet) log_info("reflecting at {} ({})", to_string(plan.port), info.mode);
  {
    Watch watch(plan.stats_ns, !config.quiet);
    while (!reflector.over() && !stop_requested()) {
      std::this_thread::sleep_for(watch.nap());
      watch.look(reflector.counts());
    }
  }
  const ReflectResult result = reflector.finish();
  const ReflectorInfo about{plan.port, info, plan.limited};
  const std::string text = config.json ? reflect_json(about, result) : reflect_text(about, result);
  if (!print_to(stdout, text)) print_to(stderr, text);
  return partial_reason(about, result).empty() ? Exit::kOk : Exit::kPartial;
}

Result<Exit> reflect_at_port(const Config& config, const ReflectPlan& plan) {
  if (config.reflect.cpu >= 0) keep_off_cpus({static_cast<std::uint32_t>(config.reflect.cpu)});
  // through_qdisc: taps on the device also see the probe on its way back.
  auto port = open_port({.spec = plan.port,
                         .receive = true,
                         .send_back = true,
                         .i_mean_it = plan.i_mean_it,
                         .through_qdisc = true});
  if (!port) return forward(port);
  const PortInfo info = info_of(*port);
  if (auto ok = drop_all_capabilities(); !ok) return forward(ok);
  auto clock = TscClock::calibrate();
  if (!clock) return forward(clock);
  auto reflector = PortReflector::start(std::move(*port), *clock, config.reflect.cpu, plan.limits);
  if (!reflector) return forward(reflector);
  return supervise(**reflector, config, plan, info);
}

Result<Exit> reflect_in_kernel(const Config& config, const ReflectPlan& plan) {
  constexpr int kCapNetAdmin = 12, kCapBpf = 39;
  auto reflector = XdpReflector::open({.spec = plan.port, .i_mean_it = plan.i_mean_it}, plan.limits);
  if (!reflector) return forward(reflector);
  // Reading a map may need CAP_BPF (kernel.unprivileged_bpf_disabled).
  if (auto ok = drop_capabilities_but({kCapNetAdmin, kCapBpf}); !ok) return forward(ok);
  return supervise(**reflector, config, plan, (*reflector)->info());
}

}  // namespace

Result<Exit> run_reflector(const Config& config) {
  auto plan = plan_of(config);
  if (!plan) return forward(plan);
  return plan->port.backend == "xdp" ? reflect_in_kernel(config, *plan) : reflect_at_port(config, *plan);
}

}  // namespace hopcost::pktgen
