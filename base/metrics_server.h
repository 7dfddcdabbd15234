// Serves metrics over HTTP from a loop that does other work. No call waits. One owner thread.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "base/local_address.h"

namespace hopcost {

class MetricsServer {
 public:
  /// The clock of serve()'s `now`.
  using Clock = std::chrono::steady_clock;
  static constexpr std::size_t kMostClients = 8;              ///< One more disconnects the oldest.
  static constexpr auto kPatience = std::chrono::seconds(2);  ///< For one exchange; then it is cut off.

  /// Errors: listen_at()'s.
  [[nodiscard]] static Result<MetricsServer> open(const LocalAddress& address);
  MetricsServer(MetricsServer&&) noexcept = default;
  MetricsServer& operator=(MetricsServer&&) = delete;
  /// Removes its socket file.
  ~MetricsServer();

  /// Reads requests that have come and sends as much as the clients take. `render` gives the text; it is
  /// called once at most, and only for a request.
  void serve(Clock::time_point now, const std::function<std::string()>& render);

  /// The port that is served, for tests that asked for a free one; 0 for a unix socket.
  [[nodiscard]] int port() const;

 private:
  struct Client {
    Fd socket;
    Clock::time_point until;
    std::string received, answer;
    std::size_t sent = 0;
  };

  MetricsServer(Fd listener, std::string path) : listener_(std::move(listener)), path_(std::move(path)) {}
  void accept_some(Clock::time_point now);

  Fd listener_;
  std::string path_;
  std::vector<Client> clients_;
};

}  // namespace hopcost
