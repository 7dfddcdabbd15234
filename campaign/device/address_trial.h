// One trial of what a switch learns (RFC 2889 sections 5.7 and 5.8): frames from so many addresses go in at
// the port that test frames come out at; then a frame goes to each of them, and a third port sees those that
// are flooded. One owner thread. Includes base.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "campaign/device/tester.h"

namespace hopcost::campaign {

/// What is taught and tested, and how fast.
struct AddressPlan {
  std::string size;  ///< Bytes with FCS.
  std::uint64_t addresses = 1;
  double learn_fps = 0;  ///< At which they are taught.
  double test_fps = 0;
  double settle_s = 0;  ///< Between the two.

  /// Of teaching, settling and testing.
  [[nodiscard]] double seconds() const {
    const double n = static_cast<double>(addresses);
    return n / learn_fps + settle_s + n / test_fps;
  }
  /// One line that tells it from any other plan.
  [[nodiscard]] std::string key() const;
};

/// `received` is what came out where it was to, `flooded` what the third port saw. Void when frames were not
/// taught or sent as planned. Errors: the generators'.
[[nodiscard]] Result<TrialResult> address_trial(const OneWay& way, const AddressPlan& plan,
                                                const TesterSetup& setup);

}  // namespace hopcost::campaign
