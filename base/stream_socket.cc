#include "base/stream_socket.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

namespace hopcost {
namespace {

bool would_wait() {
  return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

}  // namespace

bool receive_some(int socket, std::string& received, std::size_t most) {
  char chunk[4096];
  while (received.size() < most) {
    const ssize_t n = ::recv(socket, chunk, std::min(sizeof chunk, most - received.size()), 0);
    if (n <= 0) return n < 0 && would_wait();
    received.append(chunk, static_cast<std::size_t>(n));
  }
  return true;
}

bool send_some(int socket, std::string_view bytes, std::size_t& sent) {
  for (sent = 0; sent < bytes.size();) {
    const ssize_t n = ::send(socket, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (n < 0) return would_wait();
    sent += static_cast<std::size_t>(n);
  }
  return true;
}

}  // namespace hopcost
