// Management queries to a device while a stream goes through it: RFC 2544 section 11.2. One owner thread; has
// a thread of its own that asks. Includes base, bench.
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

/// Whom to ask: an address of the device itself, and the namespace to ask from.
struct Managed {
  std::string netns;
  std::string address;  ///< IPv4 or IPv6; empty: the device has none.
};

/// Sends ICMP echo requests: small frames that the device's kernel has to answer.
class Manager {
 public:
  /// Opens the socket. Errors: kUsage when the address is none; kPrivilege; the kernel's, for the namespace.
  [[nodiscard]] static Result<std::unique_ptr<Manager>> open(const Managed& whom);

  /// Asks at once and then every second, for `stream_s` seconds.
  void begin(double stream_s);
  /// Ends the asking, and gives the number of queries and answers since begin().
  [[nodiscard]] Queries end();

 private:
  explicit Manager(EchoSocket socket) : socket_(std::move(socket)) {}
  void ask(const std::stop_token& stop, double stream_s);

  EchoSocket socket_;
  Queries count_;        // belongs to the asking thread until that has ended
  std::jthread asking_;  // last, since it uses the members above
};

}  // namespace hopcost::campaign
