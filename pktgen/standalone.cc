#include "pktgen/standalone.h"

#include <fmt/format.h>

#include <cstdio>
#include <nlohmann/json.hpp>
#include <random>

#include "base/log.h"
#include "base/privilege.h"
#include "pktgen/live_line.h"
#include "pktgen/report_json.h"
#include "pktgen/report_text.h"
#include "pktgen/thread.h"

namespace hopcost::pktgen {
namespace {

/// The ports of a run; `other` is there when probes come in elsewhere.
struct Opened {
  AnyPort tx;
  std::optional<AnyPort> other;
  [[nodiscard]] AnyPort* rx(const Plan& plan) { return other ? &*other : plan.rx_is_port ? &tx : nullptr; }
};

Result<Opened> open_ports(const Plan& plan) {
  auto tx = open_port({.spec = plan.port,
                       .receive = plan.rx_is_port,
                       .allow_default_route = plan.i_mean_it == plan.port.device});
  if (!tx) return forward(tx);
  Opened opened{std::move(*tx), {}};
  if (plan.rx_port && !plan.rx_is_port) {
    // It only listens, but an XDP program there would still take the host's traffic.
    auto rx = open_port({.spec = *plan.rx_port,
                         .send = false,
                         .receive = true,
                         .allow_default_route = plan.i_mean_it == plan.rx_port->device});
    if (!rx) return forward(rx);
    opened.other.emplace(std::move(*rx));
  }
  if (auto* rx = opened.rx(plan); rx != nullptr && !can_receive(*rx)) {
    return error(Exit::kUsage, fmt::format("{} cannot receive", to_string(*plan.rx_port)));
  }
  return opened;
}

/// MACs left open are the port's, or, where it has no device, the ones of the benchmarking frames.
Result<ProfileSource> profile_source(const Plan& plan, const PortInfo& info, std::uint64_t seed) {
  ProfileContext context{.dst_mac = {}, .src_mac = {}, .mtu = info.mtu, .seed = seed};
  if (!plan.frame.dst_mac.is_zero() || plan.port.device.empty()) context.dst_mac = plan.frame.dst_mac;
  context.src_mac = plan.frame.src_mac;
  return ProfileSource::make(*plan.profile, context);
}

Result<AnySource> source_of(Plan& plan, const PortInfo& info, std::uint64_t seed) {
  if (plan.frame.src_mac.is_zero()) plan.frame.src_mac = info.mac;
  if (plan.profile) {
    auto profile = profile_source(plan, info, seed);
    if (!profile) return forward(profile);
    return AnySource(std::move(*profile));
  }
  auto frame = FrameTemplate::make(plan.frame, info.mtu);
  if (!frame) return forward(frame);
  return AnySource(TemplateSource(std::move(*frame)));
}

/// Packets a second, 0 for as fast as it can.
Result<double> pps_of(const Plan& plan, const PortInfo& info, const AnySource& source) {
  const auto* profile = std::get_if<ProfileSource>(&source);
  if (plan.rate.unit == Rate::Unit::kMax) return profile != nullptr ? profile->pps() : 0;
  if (plan.rate.unit == Rate::Unit::kLinkShare && info.link_mbps == 0) {
    return error(Exit::kMissing, fmt::format("{} does not say how fast its link is", to_string(plan.port)),
                 "give the rate in pps or bit/s");
  }
  return plan.rate.pps(profile != nullptr ? profile->mean_size() : plan.frame.size, info.link_mbps * 1e6);
}

Result<RunSpec> spec_of(Plan& plan, const PortInfo& info, std::uint64_t seed) {
  auto source = source_of(plan, info, seed);
  if (!source) return forward(source);
  auto pps = pps_of(plan, info, *source);
  if (!pps) return forward(pps);
  return RunSpec{.source = std::move(*source),
                 .count = plan.count,
                 .duration_ns = plan.duration_ns,
                 .pps = *pps,
                 .gap = plan.gap,
                 .burst = plan.burst,
                 .seed = seed};
}

std::uint64_t random_seed() {
  std::random_device device;
  return device();
}

void print(const Config& config, const Plan& plan, const PortInfo& info, const RunSpec& spec,
           const RunResult& r, const std::optional<RxResult>& rx) {
  const std::string text =
      config.json ? report(plan, info, spec, r, rx).dump() + "\n" : report_text(plan, spec, r, rx);
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

}  // namespace

Result<Exit> run_standalone(const Config& config) {
  auto plan = validate(config);
  if (!plan) return forward(plan);
  auto opened = open_ports(*plan);
  if (!opened) return forward(opened);
  const PortInfo info = info_of(opened->tx);
  const std::uint64_t seed = plan->seed ? *plan->seed : random_seed();
  auto spec = spec_of(*plan, info, seed);
  if (!spec) return forward(spec);
  if (auto ok = pin_to_cpu(config.cpu); !ok) return forward(ok);
  const PerfCounters counters = PerfCounters::open();
  if (auto ok = drop_all_capabilities(); !ok) return forward(ok);
  if (!config.quiet) log_info("{}", opening_text(*plan, info, *spec));
  auto clock = TscClock::calibrate();
  if (!clock) return forward(clock);

  Progress progress;
  LatenessBoard board;
  std::optional<RxWorker> worker;
  if (auto* rx = opened->rx(*plan)) {
    worker.emplace(*rx, RxAccount(plan->frame.flow, 0, spec->pps > 0 ? &board : nullptr), *clock,
                   config.rx_cpu);
  }
  std::optional<LiveLine> live(std::in_place, !config.quiet, progress, worker ? &*worker : nullptr);
  auto result =
      run(opened->tx, *spec,
          {.clock = *clock, .counters = counters, .progress = progress, .board = worker ? &board : nullptr});
  live.reset();
  if (!result) return forward(result);
  std::optional<RxResult> rx;
  if (worker)
    rx.emplace(worker->finish(result->sent, std::chrono::milliseconds(plan->linger_ns / 1'000'000)));
  print(config, *plan, info, *spec, *result, rx);
  return result->end == SendEnd::kDone ? Exit::kOk : Exit::kPartial;
}

}  // namespace hopcost::pktgen
