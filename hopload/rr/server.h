// Answers requests with one thread for a UDP socket, or one per TCP connection. Each waits in the kernel, as
// ordinary servers do. Includes base.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <thread>

#include "hopload/rr/spec.h"
#include "hopload/side.h"

namespace hopcost::hopload {

/// The server side. Serves from open() until it is destroyed.
class RrServer : public Side {
 public:
  /// Opens the socket and starts serving. Errors: rr_listen()'s.
  [[nodiscard]] static Result<std::unique_ptr<Side>> open(const RrSpec& spec);
  /// Ends its threads, even if they wait.
  ~RrServer() override;

  [[nodiscard]] nlohmann::json describe() const override;
  [[nodiscard]] Result<nlohmann::json> run(std::chrono::nanoseconds length) override;
  [[nodiscard]] Result<void> check() override;

 private:
  RrServer(RrSpec spec, Fd socket) : spec_(std::move(spec)), socket_(std::move(socket)) {}
  void serve(std::stop_token stop);
  void accept_all(const std::stop_token& stop);

  RrSpec spec_;
  Fd socket_;
  std::jthread thread_;  // ends before the socket is closed
};

}  // namespace hopcost::hopload
