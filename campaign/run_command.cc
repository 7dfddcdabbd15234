#include "campaign/run_command.h"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <random>

#include "base/log.h"
#include "campaign/bench/environment.h"
#include "campaign/bench/exclusive.h"
#include "campaign/measure/progress.h"
#include "campaign/result/result_folder.h"
#include "campaign/result/result_json.h"
#include "campaign/result/table.h"

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

/// Becomes able to make namespaces, and takes out what this kernel can't do.
Result<std::vector<LeftOut>> become_able_to(std::vector<ModeFile>& modes, const Config& config) {
  if (auto r = become_able(config.rootless); !r) return forward(r);
  return leave_out_lacking(modes, config.ipv6);
}

std::string why_nothing(const Measured& measured) {
  if (!measured.partial_reason.empty()) return measured.partial_reason;
  return measured.builds.empty() ? "no build stood" : measured.builds.front().void_reasons.front();
}

}  // namespace

Result<Exit> run_command(Config config, const std::vector<std::string>& command) {
  if (auto r = validate(config); !r) return forward(r);
  fill_in(config);
  auto modes = read_modes(config);
  if (!modes) return forward(modes);
  auto lock = lock_out_others();
  if (!lock) return forward(lock);
  // Before the namespaces of --rootless, where /run is another.
  if (auto r = prepare_folder(config.out); !r) return forward(r);
  config.out = fs::absolute(config.out);
  const Fd folder(::open(config.out.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!folder.valid())
    return errno_error(errno, fmt::format("open the result folder {}", config.out.string()));
  auto left_out = become_able_to(*modes, config);
  if (!left_out) {
    std::error_code none;
    fs::remove(config.out, none);  // when it is empty: nothing came of it
    return forward(left_out);
  }
  for (const LeftOut& out : *left_out) log_info("left out: {}: {}", out.mode, out.reason);

  const std::time_t started = std::time(nullptr);
  Measured measured;
  json environment;
  std::string tap_kind, backend;
  {
    auto bench = Bench::open(config, layout_of(std::move(*modes)));
    if (!bench) return forward(bench);
    environment = describe_environment(*bench);
    tap_kind = bench->tap_kind();
    backend = bench->backend();
    ProgressView view(config.quiet || config.json);
    measured = measure(*bench, config, [&](const Progress& p) { view.show(p); });
  }  // the modes are gone before anything is computed, so that a fault there leaves nothing behind
  if (measured.good_builds() == 0)
    return error(Exit::kPartial, fmt::format("nothing was measured: {}", why_nothing(measured)));

  const Figures figures = analyse(measured, config.seed);
  const RunFacts facts{command, iso_time(started), backend, tap_kind, std::move(*left_out)};
  const json result = result_json(facts, config, measured, figures, environment);
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
