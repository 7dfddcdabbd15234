#include "pktgen/control/standalone.h"

#include <unistd.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>

#include "base/control_socket.h"
#include "base/log.h"
#include "base/metrics_server.h"
#include "base/signals.h"
#include "pktgen/control/remote.h"
#include "pktgen/control/runner.h"
#include "pktgen/report/live_counts.h"
#include "pktgen/report/report_text.h"

namespace hopcost::pktgen {
namespace {

/// What serves other programs during runs: control socket and metrics.
struct Doors {
  std::optional<ControlSocket> control;
  std::optional<MetricsServer> metrics;
};

/// Called before the session opens, so that an error shows before any port is open.
Result<Doors> open_doors(const Plan& plan) {
  Doors doors;
  if (!plan.control_socket.empty()) {
    auto control = ControlSocket::open(plan.control_socket, "pktgen");
    if (!control) return forward(control);
    doors.control.emplace(std::move(*control));
  }
  if (plan.metrics) {
    auto metrics = MetricsServer::open(*plan.metrics);
    if (!metrics) return forward(metrics);
    doors.metrics.emplace(std::move(*metrics));
  }
  return doors;
}

/// Serves until the run has ended; with a control socket until a quit request or a signal.
Result<Exit> serve(Doors& doors, Runner& runner) {
  constexpr auto kNap = std::chrono::milliseconds(4);
  const auto handlers = remote_handlers(runner);
  const auto render = [&] { return metrics_text(runner.session()); };
  for (;; std::this_thread::sleep_for(kNap)) {
    if (runner.done()) {
      auto ended = runner.end(false);
      if (!ended && !doors.control) return forward(ended);
      if (!ended) log_error("{}", describe(ended.error()));
    }
    if (doors.control) doors.control->serve(handlers);
    if (doors.metrics) doors.metrics->serve(MetricsServer::Clock::now(), render);
    if (runner.under_way()) {
      if (!doors.control || !doors.control->quit()) continue;
      runner.session().stop();
      if (auto ended = runner.end(true); !ended) return forward(ended);
    }
    if (!doors.control || doors.control->quit() || stop_requested()) return runner.exit();
  }
}

}  // namespace

Result<Exit> run_standalone(const Config& config) {
  auto plan = validate(config);
  if (!plan) return forward(plan);
  plan->live = !config.quiet && isatty(STDERR_FILENO) == 1;
  auto doors = open_doors(*plan);
  if (!doors) return forward(doors);
  auto session = Session::open(*plan);
  if (!session) return forward(session);
  if (!config.quiet) log_info("{}", opening_text(*plan, **session));
  Runner runner(config, **session);
  if (!plan->paused) {
    if (auto ok = runner.start(); !ok) return forward(ok);
  }
  if (doors->control || doors->metrics) return serve(*doors, runner);
  if (auto ended = runner.end(false); !ended) return forward(ended);
  return runner.exit();
}

}  // namespace hopcost::pktgen
