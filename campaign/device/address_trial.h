// One trial of a switch's address learning (RFC 2889 sections 5.7 and 5.8). First, learning frames from a
// number of addresses enter at the port where test frames come out. Then a test frame goes to each of these
// addresses, and a third port sees the frames that are flooded. One owner thread. Includes base.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "campaign/device/tester.h"

namespace hopcost::campaign {

/// How many addresses are taught and tested, and how fast.
struct AddressPlan {
  std::string size;  ///< Of a test frame: bytes with FCS.
  std::uint64_t addresses = 1;
  double learn_fps = 0;  ///< Learning frames per second.
  double test_fps = 0;
  double settle_s = 0;  ///< Wait between teaching and testing.

  /// How long teaching, waiting and testing take together.
  [[nodiscard]] double seconds() const {
    const double n = static_cast<double>(addresses);
    return n / learn_fps + settle_s + n / test_fps;
  }
  /// A line that differs between any two plans of one run.
  [[nodiscard]] std::string key() const;
};

/// Runs the trial. In the result, `received` counts frames at the port where they should come out, `flooded`
/// those at the third port. The trial is void when frames were not taught or sent as planned. Errors: the
/// generators'.
[[nodiscard]] Result<TrialResult> address_trial(const OneWay& way, const AddressPlan& plan,
                                                const TesterSetup& setup);

}  // namespace hopcost::campaign
