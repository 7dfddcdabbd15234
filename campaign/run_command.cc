#include "campaign/run_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iterator>
#include <nlohmann/json.hpp>

#include "base/log.h"
#include "campaign/bench/environment.h"
#include "campaign/measure/progress.h"
#include "campaign/result/result_folder.h"
#include "campaign/result/result_json.h"
#include "campaign/result/table.h"
#include "campaign/run_start.h"
#include "stats/paired.h"

namespace hopcost::campaign {
namespace {

using nlohmann::json;

std::string why_nothing(const Measured& measured) {
  if (!measured.partial_reason.empty()) return measured.partial_reason;
  return measured.builds.empty() ? "no build stood" : measured.builds.front().void_reasons.front();
}

/// Checks that the budget has room for builds, which take long at few packets per second. Warns when it has
/// too few for an interval. Errors: kUsage when not even one fits.
Result<void> fits_the_budget(const Config& config, std::size_t lanes) {
  const double build_s = end_slots_s(config, lanes);
  const double budget_s = config.budget_s * static_cast<double>(levels(config).size());
  const auto least = static_cast<double>(units_needed(0.95));
  if (config.builds > 0 || build_s * least <= budget_s) return {};
  const std::string hint = fmt::format(
      "an interval needs {} builds: --budget {:.0f}min, or a higher --rate, fewer --modes, or a shorter "
      "train, as in --train 8,3",
      least, std::ceil(2 * build_s * least / 60));
  const std::string what = fmt::format(
      "one build's packets take {:.0f} s at that rate, each of {} lanes in turn", std::ceil(build_s), lanes);
  if (build_s > budget_s) return error(Exit::kUsage, what + ", and the budget holds not one", hint);
  log_warn("{}; {}", what, hint);
  return {};
}

/// What can be measured here, and what was left out.
struct Able {
  Layout layout;
  std::vector<LeftOut> left_out;
};

/// Removes what the device's kernel can't do, and checks that the rest fits the budget.
Result<Able> what_can_be_measured(std::vector<ModeFile> modes, const Config& config, Site& device) {
  auto left_out = leave_out_lacking(modes, config, device);
  if (!left_out) return forward(left_out);
  for (const LeftOut& out : *left_out) log_info("left out: {}: {}", out.mode, out.reason);
  auto layout = layout_of(std::move(modes), levels(config));
  if (!layout) return forward(layout);
  Able able{std::move(*layout), std::move(*left_out)};
  const std::uint32_t instances = instances_in(config, able.layout.lanes.size());
  if (config.instances > std::max(instances, Config().instances))
    log_warn("a build has {} of the {} instances of each mode that were asked for: see --help", instances,
             config.instances);
  if (auto r = fits_the_budget(config, able.layout.lanes.size()); !r) return forward(r);
  return able;
}

/// The measurements of a whole run, and the machines that it ran on.
struct Ran {
  Measured measured;
  json environment;
  std::string tap_kind, backend, wire;
};

/// Measures everything. The modes are removed before it returns, so a later fault leaves nothing behind.
Result<Ran> measure_all(const Config& config, Layout layout, Sites& sites) {
  auto bench = Bench::open(config, std::move(layout), sites);
  if (!bench) return forward(bench);
  auto environment = describe_environment(*bench, sites);
  if (!environment) return forward(environment);
  Ran ran{{}, std::move(*environment), bench->tap_kind(), bench->backend(), bench->wire()};
  ProgressView view(config.quiet || config.json);
  ran.measured = measure(*bench, config, [&](const Progress& p) { view.show(p); });
  if (ran.measured.good_builds() == 0)
    return error(Exit::kPartial, fmt::format("nothing was measured: {}", why_nothing(ran.measured)));
  return ran;
}

}  // namespace

Result<Exit> run_command(Config config, const std::vector<std::string>& command) {
  auto start = begin_run(config);
  if (!start) return forward(start);
  Sites& sites = start->sites;
  auto able = what_can_be_measured(std::move(start->modes), config, sites.device());
  if (!able) return forward(able);

  const std::time_t started = std::time(nullptr);
  auto ran = measure_all(config, std::move(able->layout), sites);
  if (!ran) return forward(ran);
  const Measured& measured = ran->measured;
  Figures figures = analyse(measured, config.seed);
  std::ranges::copy(emulated_machines(ran->environment), std::back_inserter(figures.reasons));
  const RunFacts facts{command,       iso_time(started),         ran->backend,
                       ran->tap_kind, std::move(able->left_out), ran->wire};
  const json result = result_json(facts, config, measured, figures, ran->environment);
  Exit code = !measured.partial_reason.empty() ? Exit::kPartial : figures.fit ? Exit::kOk : Exit::kUnfit;
  if (config.json) {
    std::puts(result.dump(1).c_str());
  } else {
    std::fputs(render_table(result).c_str(), stdout);
  }
  std::fflush(stdout);
  const FolderContents contents{result, measured, figures, static_cast<double>(started)};
  auto saved = start->folder.save(
      code, [&](const std::filesystem::path& folder) { return write_folder(folder, contents); });
  if (!saved) return forward(saved);
  log_info("result: {}", (*saved / "report.html").string());
  return code;
}

}  // namespace hopcost::campaign
