#include "base/control_socket.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <nlohmann/json.hpp>

#include "base/local_address.h"
#include "base/stream_socket.h"

namespace hopcost {
namespace {

constexpr mode_t kOwnerAlone = 0600;
constexpr std::size_t kMostUnread = 16 << 20;

}  // namespace

Result<ControlSocket> ControlSocket::open(const std::string& path, std::string program) {
  if (path == kStandardStreams) {
    ControlSocket c(Fd(), "", std::move(program));
    Fd in(::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)), out(::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0));
    if (!in.valid() || !out.valid()) return errno_error(errno, "control at standard input and output");
    c.clients_.push_back({std::move(in), std::move(out), {}, control_line(control_hello(c.program_))});
    return c;
  }
  auto address = parse_local_address("unix:" + path);
  if (!address) return forward(address);
  auto listener = listen_at(*address, kOwnerAlone);
  if (!listener) return forward(listener);
  return ControlSocket(std::move(*listener), path, std::move(program));
}

ControlSocket::~ControlSocket() {
  if (listener_.valid()) ::unlink(path_.c_str());
}

void ControlSocket::accept_all() {
  if (!listener_.valid()) {
    quit_ = quit_ || clients_.empty();
    return;
  }
  while (clients_.size() < kMostClients) {
    Fd socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!socket.valid()) return;
    clients_.push_back({std::move(socket), Fd(), {}, control_line(control_hello(program_))});
  }
}

bool ControlSocket::exchange(Client& c, const std::map<std::string, ControlHandler>& handlers) {
  const bool here = receive_some(c.in.get(), c.received, kLongestControlLine + 1);
  for (std::size_t end; (end = c.received.find('\n')) != std::string::npos; c.received.erase(0, end + 1)) {
    const std::string line = c.received.substr(0, end);
    if (!line.empty()) c.answers += control_line(control_answer(line, handlers));
  }
  if (c.received.size() > kLongestControlLine || c.answers.size() > kMostUnread) return false;
  std::size_t sent = 0;
  const bool listens = send_some(c.out.valid() ? c.out.get() : c.in.get(), c.answers, sent);
  c.answers.erase(0, sent);
  return listens && here;
}

void ControlSocket::serve(const std::map<std::string, ControlHandler>& handlers) {
  accept_all();
  auto all = handlers;
  all["quit"] = [this](const nlohmann::json&) -> Result<nlohmann::json> {
    quit_ = true;
    return nlohmann::json::object();
  };
  std::erase_if(clients_, [&](Client& c) { return !exchange(c, all); });
}

}  // namespace hopcost
