// A cgroup (version 2) of this process's own, so that what it and the programs it starts do can be counted
// apart from all else. Any thread. Includes base.
#pragma once

#include <filesystem>

#include "base/result.h"

namespace hopcost::hopload {

class Cgroup {
 public:
  /// Makes one beneath that the process is in, hopcost-PID, and moves all of the process into it; what
  /// processes that were killed left beside it goes. Errors: kMissing where no hierarchy of version 2 is
  /// mounted; kPrivilege where it may not be written to.
  [[nodiscard]] static Result<Cgroup> enter();
  Cgroup(Cgroup&& other) noexcept;
  Cgroup& operator=(Cgroup&&) = delete;
  /// Moves the process back and removes the cgroup; one that others still work in stays.
  ~Cgroup();

  [[nodiscard]] const std::filesystem::path& folder() const noexcept { return folder_; }

 private:
  explicit Cgroup(std::filesystem::path folder) : folder_(std::move(folder)) {}
  std::filesystem::path folder_;  // empty: moved from
};

}  // namespace hopcost::hopload
