#include "campaign/exclusive.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/capability.h>
#include <sys/file.h>

#include <cerrno>

#include "base/privilege.h"
#include "campaign/rootless.h"

namespace hopcost::campaign {
namespace {

constexpr const char* kLockFile = "/run/hopcost.lock";

}  // namespace

Result<void> become_able(bool rootless) {
  if (rootless) return enter_user_namespace();
  for (const int needed : {CAP_SYS_ADMIN, CAP_NET_ADMIN, CAP_NET_RAW}) {
    if (!have_capability(needed)) {
      return error(Exit::kPrivilege,
                   "building network modes needs root (CAP_SYS_ADMIN, CAP_NET_ADMIN, CAP_NET_RAW)",
                   "run with sudo, or without root at all: hopcost run --rootless --backend af_packet");
    }
  }
  return {};
}

Result<Fd> lock_out_others() {
  Fd lock(::open(kLockFile, O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!lock.valid()) return errno_error(errno, fmt::format("open {}", kLockFile));
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    return error(Exit::kRefused, "another hopcost run is going on: the two would measure each other",
                 "wait for it, or stop it");
  }
  return lock;
}

}  // namespace hopcost::campaign
