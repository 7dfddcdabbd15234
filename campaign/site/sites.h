// Both ends of a run. Where they are one, they are one Site. Owned by one thread. Includes base/ and design/.
#pragma once

#include <memory>

#include "base/result.h"
#include "campaign/site/site.h"

namespace hopcost::campaign {

class Sites {
 public:
  /// Connects to what is not this machine, and locks both. Errors: connect()'s; kRefused while another run
  /// measures.
  [[nodiscard]] static Result<Sites> open(const Config& config);

  /// Who sends.
  [[nodiscard]] Site& tester() noexcept { return *tester_; }
  /// Who is measured.
  [[nodiscard]] Site& device() noexcept { return device_ ? *device_ : *tester_; }
  /// Transmit times and taps' stamps are of one clock.
  [[nodiscard]] bool one_clock() const noexcept { return device_ == nullptr; }

  /// Errors: Site::become_able()'s.
  [[nodiscard]] Result<void> become_able(bool rootless);
  /// Before anything else is started. Errors: Site::place()'s.
  [[nodiscard]] Result<void> place(const Config& config);
  [[nodiscard]] const Placement& placement() const noexcept { return placement_; }

  /// How far the device's clock is ahead of the tester's, to some milliseconds; 0 where it is one clock.
  [[nodiscard]] Result<std::int64_t> clock_ahead_ns();

 private:
  Sites() = default;
  std::unique_ptr<Site> tester_, device_;  // no device: it is the tester
  Placement placement_;
};

}  // namespace hopcost::campaign
