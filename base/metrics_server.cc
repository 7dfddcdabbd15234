#include "base/metrics_server.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <optional>

#include "base/http_request.h"
#include "base/stream_socket.h"

namespace hopcost {

namespace {

/// Most new connections per pass of the loop; the rest waits for the next pass, 4 ms later.
constexpr int kAcceptsAtOnce = 4;

}  // namespace

Result<MetricsServer> MetricsServer::open(const LocalAddress& address) {
  auto listener = listen_at(address);
  if (!listener) return forward(listener);
  return MetricsServer(std::move(*listener), address.unix_path);
}

MetricsServer::~MetricsServer() {
  if (listener_.valid() && !path_.empty()) ::unlink(path_.c_str());
}

int MetricsServer::port() const {
  sockaddr_in6 a{};  // the port is at the same offset in both families
  socklen_t bytes = sizeof a;
  if (!path_.empty() || ::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&a), &bytes) != 0)
    return 0;
  return ntohs(a.sin6_port);
}

void MetricsServer::accept_some(Clock::time_point now) {
  for (int i = 0; i < kAcceptsAtOnce; ++i) {
    Fd socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!socket.valid()) return;
    if (clients_.size() == kMostClients) clients_.erase(clients_.begin());
    clients_.push_back({std::move(socket), now + kPatience, {}, {}, 0});
  }
}

void MetricsServer::serve(Clock::time_point now, const std::function<std::string()>& render) {
  accept_some(now);
  std::optional<std::string> text;
  std::erase_if(clients_, [&](Client& c) {
    if (now >= c.until) return true;
    if (c.answer.empty()) {
      const bool here = receive_some(c.socket.get(), c.received, kLongestRequest);
      const HttpStep step = next_step(c.received);
      if (step == HttpStep::kWait) return !here;
      const bool asked = step == HttpStep::kMetrics || step == HttpStep::kHeadOnly;
      if (asked && !text) text = render();
      c.answer = http_answer(step, asked ? *text : std::string());
    }
    std::size_t sent = 0;
    const bool listens = send_some(c.socket.get(), std::string_view(c.answer).substr(c.sent), sent);
    c.sent += sent;
    return !listens || c.sent == c.answer.size();
  });
}

}  // namespace hopcost
