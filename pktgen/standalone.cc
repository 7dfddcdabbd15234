#include "pktgen/standalone.h"

#include <fmt/format.h>

#include <cstdio>
#include <nlohmann/json.hpp>

#include "base/log.h"
#include "pktgen/live_line.h"
#include "pktgen/report_json.h"
#include "pktgen/report_text.h"
#include "pktgen/session.h"
#include "pktgen/stats_lines.h"

namespace hopcost::pktgen {
namespace {

/// Partial when the run, or the capture it sent, ended early.
Exit exit_of(const Outcome& o) {
  return partial_reason(o).empty() ? Exit::kOk : Exit::kPartial;
}

void print(const Config& config, const Plan& plan, const Outcome& o) {
  const std::string text = config.json ? report(plan, o).dump() + "\n" : report_text(plan, o);
  // Standard output may be the port itself (pcap:-).
  FILE* out = plan.ports.front().device == "-" ? stderr : stdout;
  std::fwrite(text.data(), 1, text.size(), out);
  std::fflush(out);
}

}  // namespace

Result<Exit> run_standalone(const Config& config) {
  auto plan = validate(config);
  if (!plan) return forward(plan);
  auto session = Session::open(*plan);
  if (!session) return forward(session);
  Session& s = **session;
  if (!config.quiet) log_info("{}", opening_text(*plan, s));
  if (auto ok = s.begin(); !ok) return forward(ok);
  std::optional<StatsLines> lines(std::in_place, plan->stats_ns, s.senders(), s.receivers());
  std::optional<LiveLine> live(std::in_place, !config.quiet, s.senders(), s.receivers());
  s.wait();
  lines.reset();
  live.reset();
  auto outcome = s.finish();
  if (!outcome) return forward(outcome);
  print(config, *plan, *outcome);
  if (auto ok = s.flush(); !ok) return forward(ok);
  return exit_of(*outcome);
}

}  // namespace hopcost::pktgen
