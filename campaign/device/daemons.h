// The programs that a device needs in its nodes, such as a routing daemon or a translator in user space. They
// are scripts named NAME.NODE.sh beside the topology's file NAME.toml, at most one per node; each runs in its
// node as long as this object lives. Owns the processes; one owner thread. Includes base, nsglue's
// descriptions.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/result.h"
#include "nsglue/nsglue.h"

namespace hopcost::campaign {

class Daemons {
 public:
  /// Starts the scripts of the nodes of a topology that stands. Each script gets a tmpfs of its own on /run,
  /// with a file "routes" that holds `routes`; no other process sees it. The scripts, all that they start and
  /// the tmpfs go when the calling process ends, in whatever way. Errors: the kernel's.
  [[nodiscard]] static Result<Daemons> start(const nsglue::Topology& topology, const nsglue::Realised& built,
                                             const std::string& routes);
  Daemons() = default;
  Daemons(Daemons&& other) noexcept : all_(std::exchange(other.all_, {})) {}
  Daemons& operator=(Daemons&& other) noexcept {
    std::swap(all_, other.all_);
    return *this;
  }
  ~Daemons();

  [[nodiscard]] bool empty() const noexcept { return all_.empty(); }
  /// Checks that all scripts still run. Errors: kFailure when one has ended; its output is on standard error.
  [[nodiscard]] Result<void> check();

 private:
  struct One {
    pid_t pid;
    std::string script;
  };
  std::vector<One> all_;
};

}  // namespace hopcost::campaign
