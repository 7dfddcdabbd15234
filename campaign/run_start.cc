#include "campaign/run_start.h"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <random>

#include "base/log.h"
#include "campaign/bench/build.h"
#include "campaign/result/result_folder.h"

namespace hopcost::campaign {

namespace fs = std::filesystem;

namespace {

/// Draws a seed and names a folder, if the configuration has none.
void fill_in(Config& config) {
  if (config.seed == 0) config.seed = std::random_device{}() | 1u;
  if (config.out.empty()) {
    config.out = fmt::format("results/{:%Y-%m-%dT%H%M%SZ}", fmt::gmtime(std::time(nullptr)));
  }
}

}  // namespace

std::string iso_time(std::time_t t) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(t));
}

Result<ResultFolder> ResultFolder::make(const fs::path& path) {
  const bool new_one = !fs::exists(path);
  if (auto r = prepare_folder(path); !r) return forward(r);
  Fd descriptor(::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!descriptor.valid()) return errno_error(errno, fmt::format("open the result folder {}", path.string()));
  return ResultFolder(path, std::move(descriptor), new_one);
}

ResultFolder::~ResultFolder() {
  if (descriptor_.valid() && made_) (void)::rmdir(path_.c_str());  // fails when it is not empty
}

Result<fs::path> ResultFolder::save(Exit& code,
                                    const std::function<Result<void>(const fs::path&)>& write) const {
  auto written = write(fs::path("/proc/self/fd") / std::to_string(descriptor_.get()));
  if (written) return path_;
  log_error("{}: {}", path_.string(), describe(written.error()));
  code = Exit::kPartial;
  auto elsewhere = fallback_folder();
  if (!elsewhere) return forward(elsewhere);
  if (auto again = write(*elsewhere); !again) return forward(again);
  log_warn("the result is in {} instead", elsewhere->string());
  return *elsewhere;
}

Result<RunStart> begin_run(Config& config) {
  const bool named_rate = !config.rates.empty();
  if (!named_rate) config.rates = Config().rates;
  if (auto r = validate(config); !r) return forward(r);
  fill_in(config);
  auto modes = read_modes(config);
  if (!modes) return forward(modes);
  if (!named_rate) config.rates = {usual_rate(config, *modes)};
  auto sites = Sites::open(config);
  if (!sites) return forward(sites);
  config.out = fs::absolute(config.out);
  // Before entering the namespaces of --rootless, where /run is another.
  auto folder = ResultFolder::make(config.out);
  if (!folder) return forward(folder);
  auto able = sites->become_able(config.rootless);
  if (able) able = sites->place(config);
  if (able) able = sites->device().hold_netfilter();
  if (!able) return forward(able);
  Build::clear_away_dead_runs(sites->device());
  return RunStart{std::move(*modes), std::move(*sites), std::move(*folder)};
}

}  // namespace hopcost::campaign
