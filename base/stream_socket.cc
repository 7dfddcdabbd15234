#include "base/stream_socket.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>

namespace hopcost {
namespace {

bool would_wait() {
  return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

/// For a descriptor that is no socket: whether one read or write would not wait; else errno is EAGAIN. We
/// can't set O_NONBLOCK, because other processes share the descriptor's flags.
bool ready(int fd, short events) {
  pollfd p{fd, events, 0};
  const int n = ::poll(&p, 1, 0);
  if (n == 0) errno = EAGAIN;
  return n > 0;
}

ssize_t receive(int fd, char* into, std::size_t most) {
  const ssize_t n = ::recv(fd, into, most, 0);
  if (n >= 0 || errno != ENOTSOCK) return n;
  return ready(fd, POLLIN) ? ::read(fd, into, most) : -1;
}

ssize_t send(int fd, std::string_view bytes) {
  const ssize_t n = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (n >= 0 || errno != ENOTSOCK) return n;
  // A pipe that is ready takes PIPE_BUF bytes without waiting (pipe(7)).
  return ready(fd, POLLOUT) ? ::write(fd, bytes.data(), std::min<std::size_t>(bytes.size(), PIPE_BUF)) : -1;
}

}  // namespace

bool receive_some(int socket, std::string& received, std::size_t most) {
  char chunk[4096];
  while (received.size() < most) {
    const ssize_t n = receive(socket, chunk, std::min(sizeof chunk, most - received.size()));
    if (n <= 0) return n < 0 && would_wait();
    received.append(chunk, static_cast<std::size_t>(n));
  }
  return true;
}

bool send_some(int socket, std::string_view bytes, std::size_t& sent) {
  for (sent = 0; sent < bytes.size();) {
    const ssize_t n = send(socket, bytes.substr(sent));
    if (n < 0) return would_wait();
    sent += static_cast<std::size_t>(n);
  }
  return true;
}

}  // namespace hopcost
