// The programs that make a device what it is: a routing daemon, a translator in user space. Beside a
// topology's file lie scripts NAME.NODE.sh, at most one a node; each runs in its node for as long as this
// lives. Owns the processes; one owner thread. Includes base, nsglue's descriptions.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/result.h"
#include "nsglue/nsglue.h"

namespace hopcost::campaign {

class Daemons {
 public:
  /// Starts what there is for the topology's nodes as they stand. Each gets a folder of its own in memory,
  /// with a file "routes" that holds `routes`; nobody else sees it. Processes, folder and all that the script
  /// started go with the process that called this, however it ends. Errors: the system's.
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
  /// Errors: kMissing or kFailure when one has ended; what it said is on standard error.
  [[nodiscard]] Result<void> check();

 private:
  struct One {
    pid_t pid;
    std::string script;
  };
  std::vector<One> all_;
};

}  // namespace hopcost::campaign
