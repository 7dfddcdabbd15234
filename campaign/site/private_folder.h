// A folder in $XDG_RUNTIME_DIR or /tmp for one connection's socket and log. Its owner's destructor removes
// it. If the owner was killed, the next call of make() removes it. Any thread. Includes base.
#pragma once

#include <filesystem>

#include "base/fd.h"
#include "base/result.h"

namespace hopcost::campaign {

class PrivateFolder {
 public:
  /// Makes a folder of mode 0700: in $XDG_RUNTIME_DIR if that exists and its name is short, else in /tmp.
  /// Errors: the kernel's.
  [[nodiscard]] static Result<PrivateFolder> make();
  PrivateFolder(PrivateFolder&& other) noexcept;
  PrivateFolder& operator=(PrivateFolder&&) = delete;
  ~PrivateFolder();

  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

 private:
  PrivateFolder(std::filesystem::path path, Fd lock) : path_(std::move(path)), lock_(std::move(lock)) {}
  std::filesystem::path path_;  // empty: moved from
  Fd lock_;                     // a lock on the folder, held as long as its owner lives
};

}  // namespace hopcost::campaign
