// The queries of those who manage a device, while a stream goes through it: RFC 2544 section 11.2. One owner
// thread, and one of its own that asks. Includes base, bench.
#pragma once

#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>

#include "base/result.h"
#include "campaign/bench/echo.h"
#include "campaign/device/trial.h"

namespace hopcost::campaign {

/// Whom to ask: an address of the device's own, and the namespace to ask from.
struct Managed {
  std::string netns;
  std::string address;  ///< IPv4 or IPv6; empty: it has none.
};

/// Asks by ICMP echo: one small frame, and an answer that the device's kernel has to write.
class Manager {
 public:
  /// Errors: kUsage for no address; of the namespace; kPrivilege.
  [[nodiscard]] static Result<std::unique_ptr<Manager>> open(const Managed& whom);

  /// Asks at once, and then at the start of each second, as long as the stream lasts.
  void begin(double stream_s);
  /// What became of the queries since begin().
  [[nodiscard]] Queries end();

 private:
  explicit Manager(EchoSocket socket) : socket_(std::move(socket)) {}
  void ask(const std::stop_token& stop, double stream_s);

  EchoSocket socket_;
  Queries count_;        // the asking thread's, until that has ended
  std::jthread asking_;  // last: it uses what is above
};

}  // namespace hopcost::campaign
