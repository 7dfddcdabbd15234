// A folder in memory or /tmp for one connection's socket and log. It goes with its owner; what an owner left
// that was killed goes when the next one is made. Any thread. Includes base.
#pragma once

#include <filesystem>

#include "base/fd.h"
#include "base/result.h"

namespace hopcost::campaign {

class PrivateFolder {
 public:
  /// Of mode 0700, in $XDG_RUNTIME_DIR where there is one and its name is short, else in /tmp. Errors: the
  /// kernel's.
  [[nodiscard]] static Result<PrivateFolder> make();
  PrivateFolder(PrivateFolder&& other) noexcept;
  PrivateFolder& operator=(PrivateFolder&&) = delete;
  ~PrivateFolder();

  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

 private:
  PrivateFolder(std::filesystem::path path, Fd lock) : path_(std::move(path)), lock_(std::move(lock)) {}
  std::filesystem::path path_;  // empty: moved from
  Fd lock_;                     // of the folder: held for as long as its owner lives
};

}  // namespace hopcost::campaign
