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

/// The folder for a run's result. One that was made for it, and is empty at the end, is removed.
class ResultFolder {
 public:
  /// Makes the folder. Errors: those of prepare_folder() and open(2).
  [[nodiscard]] static Result<ResultFolder> make(const std::filesystem::path& path);
  ResultFolder(ResultFolder&&) noexcept = default;
  ResultFolder& operator=(ResultFolder&&) = delete;
  ~ResultFolder();

  /// Calls `write` to write the result to the folder. If that fails, calls it for a temporary folder, so that
  /// a full disk loses no measurement, and sets `code` to kPartial. Gives the path of the folder that was
  /// written. Errors: when neither can be written.
  [[nodiscard]] Result<std::filesystem::path> save(
      Exit& code, const std::function<Result<void>(const std::filesystem::path&)>& write) const;

 private:
  ResultFolder(std::filesystem::path path, Fd descriptor, bool made)
      : path_(std::move(path)), descriptor_(std::move(descriptor)), made_(made) {}
  std::filesystem::path path_;
  Fd descriptor_;  // since what the path means may change (--rootless)
  bool made_;      // by us
};

/// What a run holds from its beginning.
struct RunStart {
  std::vector<ModeFile> modes;
  Sites sites;  ///< No other run can begin there while these are held.
  ResultFolder folder;
};

/// Begins a run. Draws a seed and names a folder if the configuration has none, and makes `config.out`
/// absolute. Errors: those of validate(), read_modes(), Sites and ResultFolder.
[[nodiscard]] Result<RunStart> begin_run(Config& config);

/// A time in ISO 8601 form, in UTC.
[[nodiscard]] std::string iso_time(std::time_t t);

}  // namespace hopcost::campaign
