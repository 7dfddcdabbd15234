#include "campaign/run_command.h"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <cerrno>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <random>

#include "base/log.h"
#include "campaign/bench/environment.h"
#include "campaign/measure/progress.h"
#include "campaign/result/result_folder.h"
#include "campaign/result/result_json.h"
#include "campaign/result/table.h"
#include "campaign/site/sites.h"
#include "stats/paired.h"

namespace hopcost::campaign {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

/// Fills in what was left to us.
void fill_in(Config& config) {
  if (config.seed == 0) config.seed = std::random_device{}() | 1u;
  if (config.out.empty()) {
    config.out = fmt::format("results/{:%Y-%m-%dT%H%M%SZ}", fmt::gmtime(std::time(nullptr)));
  }
}

std::string iso_time(std::time_t t) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(t));
}

/// Writes the folder, by its descriptor: what its path means may have changed (--rootless). When that fails,
/// a temporary one, so that a full disk loses no measurement.
Result<fs::path> save(const Config& config, const Fd& folder, const FolderContents& contents, Exit& code) {
  auto written = write_folder(fs::path("/proc/self/fd") / std::to_string(folder.get()), contents);
  if (written) return config.out;
  log_error("{}: {}", config.out.string(), describe(written.error()));
  code = Exit::kPartial;
  auto elsewhere = fallback_folder();
  if (!elsewhere) return forward(elsewhere);
  if (auto again = write_folder(*elsewhere, contents); !again) return forward(again);
  log_warn("the result is in {} instead", elsewhere->string());
  return *elsewhere;
}

std::string why_nothing(const Measured& measured) {
  if (!measured.partial_reason.empty()) return measured.partial_reason;
  return measured.builds.empty() ? "no build stood" : measured.builds.front().void_reasons.front();
}

/// At few packets a second a build takes long. Errors: kUsage when not one fits the budget.
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

/// Finds what can be measured here, within the budget.
struct Able {
  Layout layout;
  std::vector<LeftOut> left_out;
};

/// Becomes able to make namespaces, and takes out what the device's kernel can't do.
Result<Able> become_able_to(std::vector<ModeFile> modes, const Config& config, Sites& sites) {
  if (auto r = sites.become_able(config.rootless); !r) return forward(r);
  if (auto r = sites.place(config); !r) return forward(r);
  auto left_out = leave_out_lacking(modes, config.ipv6, sites.device());
  if (!left_out) return forward(left_out);
  for (const LeftOut& out : *left_out) log_info("left out: {}: {}", out.mode, out.reason);
  Able able{layout_of(std::move(modes)), std::move(*left_out)};
  if (auto r = fits_the_budget(config, able.layout.lanes.size()); !r) return forward(r);
  return able;
}

/// A whole run, and what stood while it lasted.
struct Ran {
  Measured measured;
  json environment;
  std::string tap_kind, backend;
};

/// The modes are gone when this returns: a later fault in the computing leaves nothing behind.
Result<Ran> measure_all(const Config& config, Layout layout, Sites& sites) {
  auto bench = Bench::open(config, std::move(layout), sites);
  if (!bench) return forward(bench);
  auto environment = describe_environment(*bench, sites);
  if (!environment) return forward(environment);
  Ran ran{{}, std::move(*environment), bench->tap_kind(), bench->backend()};
  ProgressView view(config.quiet || config.json);
  ran.measured = measure(*bench, config, [&](const Progress& p) { view.show(p); });
  if (ran.measured.good_builds() == 0)
    return error(Exit::kPartial, fmt::format("nothing was measured: {}", why_nothing(ran.measured)));
  return ran;
}

}  // namespace

Result<Exit> run_command(Config config, const std::vector<std::string>& command) {
  if (auto r = validate(config); !r) return forward(r);
  fill_in(config);
  auto modes = read_modes(config);
  if (!modes) return forward(modes);
  auto sites = Sites::open(config);
  if (!sites) return forward(sites);
  // Before the namespaces of --rootless, where /run is another.
  if (auto r = prepare_folder(config.out); !r) return forward(r);
  config.out = fs::absolute(config.out);
  const Fd folder(::open(config.out.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!folder.valid())
    return errno_error(errno, fmt::format("open the result folder {}", config.out.string()));
  auto able = become_able_to(std::move(*modes), config, *sites);
  if (!able) {
    std::error_code none;
    fs::remove(config.out, none);  // when it is empty: nothing came of it
    return forward(able);
  }

  const std::time_t started = std::time(nullptr);
  auto ran = measure_all(config, std::move(able->layout), *sites);
  if (!ran) return forward(ran);
  const Measured& measured = ran->measured;
  const Figures figures = analyse(measured, config.seed);
  const RunFacts facts{command, iso_time(started), ran->backend, ran->tap_kind, std::move(able->left_out)};
  const json result = result_json(facts, config, measured, figures, ran->environment);
  Exit code = !measured.partial_reason.empty() ? Exit::kPartial : figures.fit ? Exit::kOk : Exit::kUnfit;
  if (config.json) {
    std::puts(result.dump(1).c_str());
  } else {
    std::fputs(render_table(result).c_str(), stdout);
  }
  std::fflush(stdout);
  auto saved = save(config, folder, {result, measured, figures, static_cast<double>(started)}, code);
  if (!saved) return forward(saved);
  log_info("result: {}", (*saved / "report.html").string());
  return code;
}

}  // namespace hopcost::campaign
