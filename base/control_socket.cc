#include "base/control_socket.h"

#include <sys/socket.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "base/local_address.h"
#include "base/stream_socket.h"

namespace hopcost {
namespace {

constexpr mode_t kOwnerAlone = 0600;
constexpr std::size_t kMostUnread = 16 << 20;

}  // namespace

Result<ControlSocket> ControlSocket::open(const std::string& path, std::string program) {
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
  while (clients_.size() < kMostClients) {
    Fd socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!socket.valid()) return;
    clients_.push_back({std::move(socket), {}, control_line(control_hello(program_))});
  }
}

bool ControlSocket::exchange(Client& c, const std::map<std::string, ControlHandler>& handlers) {
  const bool here = receive_some(c.socket.get(), c.received, kLongestControlLine + 1);
  for (std::size_t end; (end = c.received.find('\n')) != std::string::npos; c.received.erase(0, end + 1)) {
    const std::string line = c.received.substr(0, end);
    if (!line.empty()) c.answers += control_line(control_answer(line, handlers));
  }
  if (c.received.size() > kLongestControlLine || c.answers.size() > kMostUnread) return false;
  std::size_t sent = 0;
  const bool listens = send_some(c.socket.get(), c.answers, sent);
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
