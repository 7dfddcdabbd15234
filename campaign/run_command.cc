#include "campaign/run_command.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <random>

#include "base/clock.h"
#include "base/log.h"
#include "campaign/environment.h"
#include "campaign/exclusive.h"
#include "campaign/progress.h"
#include "campaign/result_folder.h"
#include "campaign/result_json.h"
#include "campaign/table.h"

namespace hopcost::campaign {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

/// Fills in what was left to us. Host is always measured: it is what costs are counted from.
void settle(Config& config) {
  if (config.seed == 0) config.seed = std::random_device{}() | 1u;
  if (std::find(config.modes.begin(), config.modes.end(), "host") == config.modes.end())
    config.modes.insert(config.modes.begin(), "host");
  if (config.out.empty()) {
    config.out = fmt::format("results/{:%Y-%m-%dT%H%M%SZ}", fmt::gmtime(std::time(nullptr)));
  }
}

std::string iso_time(std::time_t t) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(t));
}

/// Writes the folder; when that fails, a temporary one, so that a full disk loses no measurement.
Result<fs::path> save(const Config& config, const json& result, const Figures& figures, double start_unix_s,
                      Exit& code) {
  auto written = write_folder(config.out, result, figures, start_unix_s);
  if (written) return config.out;
  log_error("{}", describe(written.error()));
  code = Exit::kPartial;
  auto elsewhere = fallback_folder();
  if (!elsewhere) return forward(elsewhere);
  if (auto again = write_folder(*elsewhere, result, figures, start_unix_s); !again) return forward(again);
  log_warn("the result is in {} instead", elsewhere->string());
  return *elsewhere;
}

}  // namespace

Result<Exit> run_command(Config config, const std::vector<std::string>& command) {
  if (auto r = validate(config); !r) return forward(r);
  settle(config);
  if (auto r = become_able(config.rootless); !r) return forward(r);
  if (auto r = prepare_folder(config.out); !r) return forward(r);
  auto lock = lock_out_others();
  if (!lock) return forward(lock);

  const std::time_t started = std::time(nullptr);
  Measured measured;
  json environment;
  std::string tap_kind;
  {
    auto bed = Testbed::open(config);
    if (!bed) return forward(bed);
    environment = describe_environment(*bed);
    tap_kind = bed->tap_kind();
    ProgressLine line(config.quiet || config.json);
    measured = measure(*bed, config, [&](const Progress& p) { line.show(p); });
  }  // the modes are gone before anything is computed, so that a fault there leaves nothing behind
  if (measured.slots.empty())
    return error(Exit::kPartial, fmt::format("nothing was measured: {}", measured.partial_reason));

  const Figures figures = analyse(measured.paths, measured.slots, config.gates, config.seed);
  const RunFacts facts{command, iso_time(started), config.backend, tap_kind};
  const json result = result_json(facts, config, measured, figures, environment);
  Exit code = !measured.partial_reason.empty() ? Exit::kPartial : figures.fit ? Exit::kOk : Exit::kUnfit;
  if (config.json) {
    std::puts(result.dump(1).c_str());
  } else {
    std::fputs(render_table(result).c_str(), stdout);
  }
  std::fflush(stdout);
  auto folder = save(config, result, figures, static_cast<double>(started), code);
  if (!folder) return forward(folder);
  log_info("result: {}", (*folder / "report.html").string());
  return code;
}

}  // namespace hopcost::campaign
