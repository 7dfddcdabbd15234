// A cgroup (version 2) of this process's own, so that its work and that of the programs it starts can be
// counted separately. Any thread. Includes base.
#pragma once

#include <filesystem>

#include "base/result.h"

namespace hopcost::hopload {

class Cgroup {
 public:
  /// Makes the cgroup hopcost-PID below the one that the process is in, and moves the whole process into it.
  /// Also removes those that killed processes left there. Errors: kMissing when no hierarchy of version 2 is
  /// mounted; kPrivilege when we may not write to it.
  [[nodiscard]] static Result<Cgroup> enter();
  Cgroup(Cgroup&& other) noexcept;
  Cgroup& operator=(Cgroup&&) = delete;
  /// Moves the process back and removes the cgroup, unless other processes are still in it.
  ~Cgroup();

  [[nodiscard]] const std::filesystem::path& folder() const noexcept { return folder_; }

 private:
  explicit Cgroup(std::filesystem::path folder) : folder_(std::move(folder)) {}
  std::filesystem::path folder_;  // empty: moved from
};

}  // namespace hopcost::hopload
