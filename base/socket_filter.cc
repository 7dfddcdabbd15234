#include "base/socket_filter.h"

#include <sys/socket.h>

#include <cerrno>

namespace hopcost {

Result<void> attach_socket_filter(int socket, std::span<sock_filter> program) {
  const sock_fprog filter{static_cast<unsigned short>(program.size()), program.data()};
  if (setsockopt(socket, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter) == 0) return {};
  return errno_error(errno, "attach a packet filter");
}

Result<void> attach_drop_filter(int socket) {
  sock_filter program[] = {BPF_STMT(BPF_RET | BPF_K, 0)};
  return attach_socket_filter(socket, program);
}

}  // namespace hopcost
