#include "campaign/load_command.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdio>
#include <ctime>
#include <nlohmann/json.hpp>

#include "base/log.h"
#include "base/programs.h"
#include "campaign/bench/modes.h"
#include "campaign/loads/loads_folder.h"
#include "campaign/loads/loads_json.h"
#include "campaign/loads/loads_table.h"
#include "campaign/loads/measure_loads.h"
#include "campaign/run_start.h"

namespace hopcost::campaign {
namespace {

using nlohmann::json;

Result<LoadPlan> plan_of(const LoadOptions& options) {
  auto folder = find_data("loads");
  if (!folder) return forward(folder);
  LoadPlan plan{.cases = {}, .together = options.together, .budget_s = options.budget_s};
  for (const LoadAsk& ask : options.loads) {
    auto cases = read_cases(ask, *folder);
    if (!cases) return forward(cases);
    for (LoadCase& c : *cases) {
      if (options.quantum_s > 0) c.quantum_s = options.quantum_s;
      if (c.whole_seconds && c.quantum_s != std::floor(c.quantum_s))
        return error(
            Exit::kUsage,
            fmt::format("quanta of {} s: the tool of {} takes whole seconds alone", c.quantum_s, c.load),
            "leave out --quantum, or give whole seconds");
      plan.cases.push_back(std::move(c));
    }
  }
  return plan;
}

Exit code_of(const MeasuredLoads& measured) {
  if (!measured.partial_reason.empty()) return Exit::kPartial;
  for (const MeasuredCase& c : measured.cases) {
    if (c.figures.empty()) return Exit::kPartial;
  }
  return Exit::kOk;
}

void announce(const LoadPlan& plan, const Layout& layout, const Config& config) {
  if (config.quiet || config.json) return;
  log_info("{} cases on {} modes and 2 controls: quanta of {:.0f} s in {} builds", plan.cases.size(),
           layout.lanes.size() - kControls, quanta_s(plan, layout.lanes.size(), config.builds),
           config.builds);
}

}  // namespace

Result<Exit> load_command(Config config, const LoadOptions& options,
                          const std::vector<std::string>& command) {
  auto plan = plan_of(options);
  if (!plan) return forward(plan);
  if (config.builds == 0) config.builds = kLoadBuilds;
  fill_in(config);
  auto start = begin_run(config);
  if (!start) return forward(start);
  auto left_out = leave_out_lacking(start->modes, config.ipv6, start->sites.device());
  if (!left_out) {
    remove_if_empty(config.out);
    return forward(left_out);
  }
  for (const LeftOut& out : *left_out) log_info("left out: {}: {}", out.mode, out.reason);
  const Layout layout = layout_of(std::move(start->modes));
  announce(*plan, layout, config);

  const std::time_t started = std::time(nullptr);
  auto measured =
      measure_loads(config, layout, *plan, start->sites, [&](const MeasuredLoads& m, std::size_t wanted) {
        if (!config.quiet && !config.json) log_info("{} builds of {}", m.builds, wanted);
      });
  if (!measured) {
    remove_if_empty(config.out);
    return forward(measured);
  }
  const RunFacts facts{command, iso_time(started), "", "", std::move(*left_out)};
  const json result = loads_json(facts, config, *plan, *measured);
  if (config.json) {
    std::puts(result.dump(1).c_str());
  } else {
    std::fputs(render_loads(result).c_str(), stdout);
  }
  std::fflush(stdout);
  Exit code = code_of(*measured);
  auto saved = save(config.out, start->folder, code, [&](const std::filesystem::path& folder) {
    return write_loads_folder(folder, result, *measured, static_cast<double>(started));
  });
  if (!saved) return forward(saved);
  log_info("result: {}", (*saved / "report.html").string());
  return code;
}

}  // namespace hopcost::campaign
