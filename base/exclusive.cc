#include "base/exclusive.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstddef>
#include <cstring>

namespace hopcost {
namespace {

/// A name in the abstract namespace of unix sockets (unix(7)). A lock file would need a folder that both
/// users may write to.
constexpr char kName[] = "hopcost";

}  // namespace

Result<Fd> lock_out_others() {
  Fd lock(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!lock.valid()) return errno_error(errno, "open a unix socket");
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path + 1, kName, sizeof kName - 1);
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + sizeof kName);
  if (::bind(lock.get(), reinterpret_cast<const sockaddr*>(&address), length) == 0) return lock;
  if (errno != EADDRINUSE) return errno_error(errno, "take the name that one run may hold");
  return error(Exit::kRefused, "another hopcost run is going on: the two would measure each other",
               "wait for it, or stop it");
}

}  // namespace hopcost
