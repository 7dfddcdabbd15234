// The two ends of a run. Where both are one host, they share one Site. Owned by one thread. Includes base/,
// stats/ and design/.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "base/result.h"
#include "campaign/site/site.h"

namespace hopcost::campaign {

/// How far the device's clock is ahead of the tester's, at one moment.
struct ClocksApart {
  std::uint64_t at_ns = 0;  ///< On this machine's CLOCK_MONOTONIC.
  Ahead ahead;              ///< As exchanges of messages bound it.
  /// Where both clocks are synchronised: how far each may be from true time, summed, ns.
  std::optional<std::uint64_t> both_errors_ns;
};

class Sites {
 public:
  /// Connects to the ends that are not this machine, and locks both. Errors: connect()'s; kRefused while
  /// another run measures on either.
  [[nodiscard]] static Result<Sites> open(const Config& config);

  /// The end that sends.
  [[nodiscard]] Site& tester() noexcept { return *tester_; }
  /// The end that is measured.
  [[nodiscard]] Site& device() noexcept { return device_ ? *device_ : *tester_; }
  /// Whether transmit times and the taps' stamps come from one clock.
  [[nodiscard]] bool one_clock() const noexcept { return device_ == nullptr; }

  /// Calls Site::become_able() at both ends. Errors: those of that.
  [[nodiscard]] Result<void> become_able(bool rootless);
  /// Places the tester. Must be called before other programs are started. Errors: Site::place()'s.
  [[nodiscard]] Result<void> place(const Config& config);
  [[nodiscard]] const Placement& placement() const noexcept { return placement_; }

  /// How far the device's clock is ahead of the tester's. Errors: Site::clock()'s.
  [[nodiscard]] Result<ClocksApart> clocks_apart();

 private:
  Sites() = default;
  std::unique_ptr<Site> tester_, device_;  // device_ is null where the tester is the device, too
  Placement placement_;
};

}  // namespace hopcost::campaign
