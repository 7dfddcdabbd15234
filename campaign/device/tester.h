// The generator of each way through the device, and one trial at a time. Owned by one thread, which sleeps
// while frames fly. Includes base.
#pragma once

#include <memory>
#include <vector>

#include "base/child.h"
#include "base/result.h"
#include "campaign/device/trial.h"
#include "campaign/device/ways.h"

namespace hopcost::campaign {

/// What all ways have in common.
struct TesterSetup {
  std::string size;
  std::uint32_t networks = 1;
  bool ipv6 = false;
  std::string profile;  ///< In place of RFC 2544's frames; empty: none.
  int cpu = -1;
  std::uint64_t seed = 1;
  double linger_s = 2;
};

class Tester {
 public:
  /// Opens both ends of every way. `ways` outlives it. Errors: pktgen's, by its exit status and on standard
  /// error.
  [[nodiscard]] static Result<Tester> open(const std::vector<OneWay>& ways, const TesterSetup& setup);

  /// Sends, waits for stragglers, and reads what was counted when all has stopped. Errors: kPartial for a
  /// stop signal; the children's.
  [[nodiscard]] Result<TrialResult> run(const TrialPlan& plan);

 private:
  Tester(const std::vector<OneWay>& ways, std::vector<Child> children, double linger_s)
      : ways_(&ways), children_(std::move(children)), linger_s_(linger_s) {}
  [[nodiscard]] Result<void> wait(const TrialPlan& plan);

  const std::vector<OneWay>* ways_;
  std::vector<Child> children_;  // one a way
  double linger_s_;
};

}  // namespace hopcost::campaign
