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
  auto tx = open_port({.spec = plan.port, .receive = plan.rx_is_port, .i_mean_it = plan.i_mean_it});
  if (!tx) return forward(tx);
  Opened opened{std::move(*tx), {}};
  if (plan.rx_port && !plan.rx_is_port) {
    // It only listens, but an XDP program there would still take the host's traffic.
    auto rx = open_port({.spec = *plan.rx_port, .send = false, .receive = true, .i_mean_it = plan.i_mean_it});
    if (!rx) return forward(rx);
    opened.other.emplace(std::move(*rx));
  }
  if (auto* rx = opened.rx(plan); rx != nullptr && !can_receive(*rx)) {
    return error(Exit::kUsage, fmt::format("{} cannot receive", to_string(*plan.rx_port)));
  }
  return opened;
}

Result<RunSpec> spec_of(Plan& plan, const PortInfo& info, std::uint64_t seed) {
  if (plan.frame.src_mac.is_zero()) plan.frame.src_mac = info.mac;
  auto frame = FrameTemplate::make(plan.frame, info.mtu);
  if (!frame) return forward(frame);
  return RunSpec{.frame = std::move(*frame),
                 .count = plan.count,
                 .duration_ns = plan.duration_ns,
                 .pps = plan.pps,
                 .gap = plan.gap,
                 .burst = plan.burst,
                 .seed = seed,
                 .stamp = plan.stamp};
}

Result<void> drop_privileges(const PortInfo& info) {
  constexpr int kCapNetAdmin = 12, kCapPerfmon = 38, kCapBpf = 39;
  return info.keeps_bpf ? drop_capabilities_but({kCapNetAdmin, kCapPerfmon, kCapBpf})
                        : drop_all_capabilities();
}

std::uint64_t random_seed() {
  std::random_device device;
  return device();
}

void print(const Config& config, const Plan& plan, const PortInfo& info, std::uint64_t seed,
           const RunResult& r, const std::optional<RxResult>& rx) {
  const std::string text =
      config.json ? report(plan, info, seed, r, rx).dump() + "\n" : report_text(plan, r, rx);
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
  if (auto ok = drop_privileges(info); !ok) return forward(ok);
  if (!config.quiet) log_info("{}", opening_text(*plan, info, seed));
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
  print(config, *plan, info, seed, *result, rx);
  return result->end == SendEnd::kDone ? Exit::kOk : Exit::kPartial;
}

}  // namespace hopcost::pktgen
