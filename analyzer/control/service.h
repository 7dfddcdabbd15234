// The control channel's operations: arm, expect, collect, disarm (doc/control-protocol.md). One control
// thread calls the operations; one reader thread drains the rings meanwhile.
#pragma once

#include <atomic>
#include <mutex>
#include <nlohmann/json_fwd.hpp>
#include <thread>

#include "analyzer/config.h"
#include "analyzer/control/slot.h"
#include "analyzer/control/tap_request.h"
#include "analyzer/watch/closer.h"
#include "base/result.h"

namespace hopcost::analyzer {

class Service {
 public:
  /// Starts the thread that reads the rings. Uses only the sizes in `config`.
  explicit Service(const Config& config);
  ~Service();
  Service(const Service&) = delete;

  /// The operation "arm". All or nothing.
  [[nodiscard]] Result<nlohmann::json> arm(const nlohmann::json& request);
  /// The operation "expect".
  [[nodiscard]] Result<nlohmann::json> expect(const nlohmann::json& request);
  /// The operation "collect"; waits for what is still to come, as long as the request says.
  [[nodiscard]] Result<nlohmann::json> collect(const nlohmann::json& request);
  /// The operation "disarm".
  [[nodiscard]] Result<nlohmann::json> disarm(const nlohmann::json& request);

  /// Cuts the collect at work short (serve_control's `stop`).
  [[nodiscard]] std::atomic<bool>& interrupted() noexcept { return interrupted_; }

 private:
  [[nodiscard]] std::vector<TapSpec> missing(const WantedPath& wanted) const;
  [[nodiscard]] Result<std::vector<Sink>> open_sinks(const WantedPath& wanted) const;
  [[nodiscard]] std::vector<AnyTap> set_taps(Path& path, const std::vector<TapSpec>& wanted,
                                             std::vector<AnyTap> opened);
  void wait_for_packets(std::uint64_t timeout_ms);
  void read_rings(std::stop_token stop);

  TapOptions tap_options_;
  Account::Options account_options_;
  std::atomic<bool> interrupted_{false};
  // Guards paths_ and slot_; never held while the kernel opens or closes a socket. Only the control thread
  // makes and removes paths and exchanges their taps and sinks, so it may look which there are without the
  // lock.
  std::mutex mutex_;
  Paths paths_;
  Slot slot_;
  Closer closer_;
  std::jthread reader_;
};

/// Runs the channel on stdin and stdout until it ends.
[[nodiscard]] Result<void> run_control(const Config& config);

}  // namespace hopcost::analyzer
