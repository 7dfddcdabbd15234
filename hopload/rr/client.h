// Asks, and times the answers: a thread a connection, closed loop (each request waits for the answer before
// it) or open loop (requests leave when they are due, and their time counts from then). The control thread
// owns it. Includes base, stats.
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "hopload/rr/spec.h"
#include "hopload/side.h"
#include "stats/hdr_histogram.h"

namespace hopcost::hopload {

/// What one connection showed in a quantum.
struct RrTally {
  HdrHistogram latency;  ///< ns, of the requests that were answered.
  std::uint64_t lost = 0;
  std::string broken;  ///< Why the connection is of no use any more, or empty.
};

/// One request after the other, for so long.
[[nodiscard]] RrTally ask_in_turn(int fd, const RrSpec& spec, std::int64_t length_ns);
/// `rate` requests a second, each gap within 10 % of its like, for so long; then waits half a second for
/// what is still out. With several connections the first one is due at random within a gap. Sets the thread's
/// timer slack to 1 ns.
[[nodiscard]] RrTally ask_when_due(int fd, const RrSpec& spec, double rate, std::uint64_t seed,
                                   std::int64_t length_ns);

/// Keeps its connections from quantum to quantum.
class RrClient : public Side {
 public:
  /// Connects all connections. Errors: rr_connect()'s.
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
