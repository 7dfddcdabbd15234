// How every run begins and where it ends: the modes' files, the hosts, one run at a time on each, a folder
// that can be written, the right to make namespaces. Includes base.
#pragma once

#include <ctime>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "campaign/bench/modes.h"
#include "campaign/design/config.h"
#include "campaign/site/sites.h"

namespace hopcost::campaign {

/// What a run holds from its beginning.
struct RunStart {
  std::vector<ModeFile> modes;
  Sites sites;  ///< No other run begins there while they are held.
  Fd folder;    ///< Of `config.out`: what its path means may change (--rootless).
};

/// Draws a seed and names a folder where they were left to us, and makes `config.out` absolute. Errors: those
/// of validate(), read_modes(), prepare_folder(), and of Sites; no empty folder is left then.
[[nodiscard]] Result<RunStart> begin_run(Config& config);

/// When nothing came of a run.
void remove_if_empty(const std::filesystem::path& folder);

/// Has `write` write the folder, by its descriptor. When that fails, a temporary one, so that a full disk
/// loses no measurement; `code` is kPartial then. Gives where it is. Errors: when neither can be written.
[[nodiscard]] Result<std::filesystem::path> save(
    const std::filesystem::path& out, const Fd& folder, Exit& code,
    const std::function<Result<void>(const std::filesystem::path&)>& write);

/// ISO 8601, UTC.
[[nodiscard]] std::string iso_time(std::time_t t);

}  // namespace hopcost::campaign
