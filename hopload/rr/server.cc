#include "hopload/rr/server.h"

#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>
#include <vector>

#include "base/placement.h"

namespace hopcost::hopload {
namespace {

constexpr std::size_t kLargestDatagram = 65'536;

/// A response begins with the request's first bytes, its number.
void answer_datagrams(const std::stop_token& stop, int fd, const RrSpec& spec) {
  std::vector<char> buffer(kLargestDatagram);
  sockaddr_storage from{};
  while (!stop.stop_requested()) {
    socklen_t length = sizeof from;
    const ssize_t n =
        ::recvfrom(fd, buffer.data(), buffer.size(), 0, reinterpret_cast<sockaddr*>(&from), &length);
    if (n <= 0) continue;  // the server's end, or an ICMP error from a client that has gone
    (void)::sendto(fd, buffer.data(), spec.response, 0, reinterpret_cast<const sockaddr*>(&from), length);
  }
}

/// False when the connection is over.
bool receive_request(const std::stop_token& stop, int fd, std::vector<char>& buffer, std::size_t bytes) {
  for (std::size_t got = 0; got < bytes;) {
    const ssize_t n = ::recv(fd, buffer.data() + got, bytes - got, 0);
    if (n > 0) {
      got += static_cast<std::size_t>(n);
    } else if (n == 0 || stop.stop_requested() || errno != EINTR) {
      return false;
    }
  }
  return true;
}

void answer_stream(const std::stop_token& stop, int fd, const RrSpec& spec) {
  keep_to(spec.cpu);
  rr_tune(fd, true);
  std::vector<char> buffer(std::max(spec.request, spec.response));
  while (!stop.stop_requested() && receive_request(stop, fd, buffer, spec.request)) {
    if (::send(fd, buffer.data(), spec.response, MSG_NOSIGNAL) != static_cast<ssize_t>(spec.response)) return;
  }
}

/// Wakes threads that wait on the socket. On an unconnected socket this fails with ENOTCONN but wakes them
/// all the same.
void wake(int fd) {
  (void)::shutdown(fd, SHUT_RDWR);
}

/// A connection and its thread, which ends before the socket is closed.
struct Connection {
  Fd fd;
  std::jthread thread;
};

}  // namespace

Result<std::unique_ptr<Side>> RrServer::open(const RrSpec& spec) {
  auto socket = rr_listen(spec);
  if (!socket) return forward(socket);
  std::unique_ptr<RrServer> server(new RrServer(spec, std::move(*socket)));
  server->thread_ = std::jthread([s = server.get()](std::stop_token stop) { s->serve(std::move(stop)); });
  return std::unique_ptr<Side>(std::move(server));
}

RrServer::~RrServer() {
  thread_.request_stop();
  wake(socket_.get());
}

void RrServer::serve(std::stop_token stop) {
  keep_to(spec_.cpu);
  if (spec_.tcp) {
    accept_all(stop);
  } else {
    answer_datagrams(stop, socket_.get(), spec_);
  }
}

void RrServer::accept_all(const std::stop_token& stop) {
  std::vector<Connection> connections;
  while (!stop.stop_requested()) {
    Fd fd(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!fd.valid()) continue;
    auto answer = [this, raw = fd.get()](const std::stop_token& ended) { answer_stream(ended, raw, spec_); };
    connections.push_back({std::move(fd), std::jthread(std::move(answer))});
  }
  for (Connection& c : connections) {
    c.thread.request_stop();
    wake(c.fd.get());
  }
}

nlohmann::json RrServer::describe() const {
  return nlohmann::json::object();
}

Result<nlohmann::json> RrServer::run(std::chrono::nanoseconds) {
  return error(Exit::kUsage, "a server answers and runs nothing itself");
}

Result<void> RrServer::check() {
  return {};
}

}  // namespace hopcost::hopload
