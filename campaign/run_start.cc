#include "campaign/run_start.h"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <cerrno>
#include <random>

#include "base/log.h"
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

void remove_if_empty(const fs::path& folder) {
  std::error_code none;
  fs::remove(folder, none);
}

Result<RunStart> begin_run(Config& config) {
  if (auto r = validate(config); !r) return forward(r);
  fill_in(config);
  auto modes = read_modes(config);
  if (!modes) return forward(modes);
  auto sites = Sites::open(config);
  if (!sites) return forward(sites);
  // Before entering the namespaces of --rootless, where /run is another.
  if (auto r = prepare_folder(config.out); !r) return forward(r);
  config.out = fs::absolute(config.out);
  Fd folder(::open(config.out.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!folder.valid())
    return errno_error(errno, fmt::format("open the result folder {}", config.out.string()));
  auto able = sites->become_able(config.rootless);
  if (able) able = sites->place(config);
  if (able) able = sites->device().hold_netfilter();
  if (!able) {
    remove_if_empty(config.out);
    return forward(able);
  }
  return RunStart{std::move(*modes), std::move(*sites), std::move(folder)};
}

Result<fs::path> save(const fs::path& out, const Fd& folder, Exit& code,
                      const std::function<Result<void>(const fs::path&)>& write) {
  auto written = write(fs::path("/proc/self/fd") / std::to_string(folder.get()));
  if (written) return out;
  log_error("{}: {}", out.string(), describe(written.error()));
  code = Exit::kPartial;
  auto elsewhere = fallback_folder();
  if (!elsewhere) return forward(elsewhere);
  if (auto again = write(*elsewhere); !again) return forward(again);
  log_warn("the result is in {} instead", elsewhere->string());
  return *elsewhere;
}

}  // namespace hopcost::campaign
