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
#include "pktgen/standalone_source.h"
#include "pktgen/stats_lines.h"
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

/// Files that frames are written to besides.
struct Writers {
  std::optional<PcapngWriter> tx, rx;
  [[nodiscard]] Result<void> flush() {
    for (auto* w : {&tx, &rx}) {
      if (!*w) continue;
      if (auto ok = (*w)->flush(); !ok) return ok;
    }
    return {};
  }
};

Result<Writers> open_writers(const Plan& plan) {
  Writers writers;
  for (const auto& [path, writer] :
       {std::pair(&plan.write, &writers.tx), std::pair(&plan.rx_write, &writers.rx)}) {
    if (path->empty()) continue;
    auto opened = PcapngWriter::create(*path, "pktgen " HOPCOST_VERSION);
    if (!opened) return forward(opened);
    opened->add_interface(to_string(writer == &writers.tx ? plan.port : *plan.rx_port));
    writer->emplace(std::move(*opened));
  }
  return writers;
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
  auto writers = open_writers(*plan);
  if (!writers) return forward(writers);
  if (auto ok = drop_all_capabilities(); !ok) return forward(ok);
  if (!config.quiet) log_info("{}", opening_text(*plan, info, *spec));
  auto clock = TscClock::calibrate();
  if (!clock) return forward(clock);

  Progress progress;
  LatenessBoard board;
  std::optional<RxWorker> worker;
  if (auto* rx = opened->rx(*plan)) {
    worker.emplace(*rx, RxAccount(plan->frame.flow, 0, spec->pps > 0 ? &board : nullptr), *clock,
                   config.rx_cpu, writers->rx ? &*writers->rx : nullptr);
  }
  std::optional<StatsLines> lines(std::in_place, plan->stats_ns, progress, worker ? &*worker : nullptr);
  std::optional<LiveLine> live(std::in_place, !config.quiet, progress, worker ? &*worker : nullptr);
  auto result = run(opened->tx, *spec,
                    {.clock = *clock,
                     .counters = counters,
                     .progress = progress,
                     .board = worker ? &board : nullptr,
                     .writer = writers->tx ? &*writers->tx : nullptr});
  lines.reset();
  live.reset();
  if (!result) return forward(result);
  std::optional<RxResult> rx;
  if (worker)
    rx.emplace(worker->finish(result->sent, std::chrono::milliseconds(plan->linger_ns / 1'000'000)));
  print(config, *plan, info, *spec, *result, rx);
  if (auto ok = writers->flush(); !ok) return forward(ok);
  const auto* replay = std::get_if<ReplaySource>(&spec->source);
  const bool whole = result->end == SendEnd::kDone && (replay == nullptr || !replay->fault());
  return whole ? Exit::kOk : Exit::kPartial;
}

}  // namespace hopcost::pktgen
