// Serves metrics from a loop that does other work: nothing in here ever waits. One owner thread.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "base/local_address.h"

namespace hopcost {

class MetricsServer {
 public:
  /// The clock that serve() is told the time of.
  using Clock = std::chrono::steady_clock;
  static constexpr std::size_t kMostClients = 8;              ///< One more pushes out the oldest.
  static constexpr auto kPatience = std::chrono::seconds(2);  ///< For a whole exchange; then it is cut off.

  /// Errors: listen_at()'s.
  [[nodiscard]] static Result<MetricsServer> open(const LocalAddress& address);
  MetricsServer(MetricsServer&&) noexcept = default;
  MetricsServer& operator=(MetricsServer&&) = delete;
  /// Removes its socket file.
  ~MetricsServer();

  /// Takes what came and sends what goes, without waiting. `render` gives the text; it is called once at
  /// most, and only when somebody asked.
  void serve(Clock::time_point now, const std::function<std::string()>& render);

  /// The port that is served, for tests that asked for any; 0 for a unix socket.
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
