// The beginning and the end of every run: the modes' files, the hosts, one run at a time on each, a writable
// folder, the right to make namespaces; and saving the result. Includes base.
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
  Sites sites;  ///< No other run can begin there while these are held.
  Fd folder;    ///< A descriptor of `config.out`, since what its path means may change (--rootless).
};

/// Begins a run. Draws a seed and names a folder if the configuration has none, and makes `config.out`
/// absolute. Errors: those of validate(), read_modes(), prepare_folder() and Sites; an empty folder is
/// removed then.
[[nodiscard]] Result<RunStart> begin_run(Config& config);

/// Removes the folder if it is empty, for a run without a result.
void remove_if_empty(const std::filesystem::path& folder);

/// Calls `write` to write the result to the folder, by its descriptor. If that fails, calls it for a
/// temporary folder, so that a full disk loses no measurement, and sets `code` to kPartial. Gives the path of
/// the folder that was written. Errors: when neither can be written.
[[nodiscard]] Result<std::filesystem::path> save(
    const std::filesystem::path& out, const Fd& folder, Exit& code,
    const std::function<Result<void>(const std::filesystem::path&)>& write);

/// A time in ISO 8601 form, in UTC.
[[nodiscard]] std::string iso_time(std::time_t t);

}  // namespace hopcost::campaign
