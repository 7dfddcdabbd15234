// Sends requests and times the responses, with one thread per connection. Closed loop: each request waits for
// the response before it. Open loop: requests leave when they are due, and their times count from then. The
// control thread owns it. Includes base, stats.
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "hopload/rr/spec.h"
#include "hopload/side.h"
#include "stats/hdr_histogram.h"

namespace hopcost::hopload {

/// One connection's result of a quantum.
struct RrTally {
  HdrHistogram latency;  ///< Response times in ns, of answered requests.
  std::uint64_t lost = 0;
  std::string broken;  ///< Why the connection can't be used any more; empty: it can.
};

/// Closed loop: sends one request after the other for `length_ns`.
[[nodiscard]] RrTally ask_in_turn(int fd, const RrSpec& spec, std::int64_t length_ns);
/// Open loop: sends `rate` requests a second for `length_ns`, each gap within 10 % of the mean, then waits
/// for outstanding responses (kPatienceNs, over TCP kTcpPatienceNs). With several connections the first
/// request is due at a random time within a gap. Sets the thread's timer slack to 1 ns.
[[nodiscard]] RrTally ask_when_due(int fd, const RrSpec& spec, double rate, std::uint64_t seed,
                                   std::int64_t length_ns);

/// The client side. Keeps its connections from quantum to quantum.
class RrClient : public Side {
 public:
  /// Opens all connections. Errors: rr_connect()'s.
  [[nodiscard]] static Result<std::unique_ptr<Side>> open(const RrSpec& spec);

  [[nodiscard]] nlohmann::json describe() const override;
  [[nodiscard]] Result<nlohmann::json> run(std::chrono::nanoseconds length) override;
  [[nodiscard]] Result<void> check() override;

 private:
  RrClient(RrSpec spec, std::vector<Fd> connections)
      : spec_(std::move(spec)), connections_(std::move(connections)) {}

  RrSpec spec_;
  std::vector<Fd> connections_;
  std::uint64_t quanta_ = 0;
};

}  // namespace hopcost::hopload
