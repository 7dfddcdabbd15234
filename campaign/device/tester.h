// The generator of each way through the device, and one trial at a time. Owned by one thread, which sleeps
// while frames fly. Includes base.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "base/child.h"
#include "base/result.h"
#include "campaign/device/management.h"
#include "campaign/device/trial.h"
#include "campaign/device/ways.h"

namespace hopcost::campaign {

/// What all ways have in common.
struct TesterSetup {
  std::string size;
  std::string profile;  ///< In place of the ways' flows; empty: none.
  int cpu = -1;
  std::uint64_t seed = 1;
  double linger_s = 2;
  /// Above 0: before each trial the ports that frames come out at send learning frames (RFC 2544 section 23),
  /// and so long passes then.
  double learning_s = 0;
  std::optional<Managed> managed = {};  ///< Is asked a query a second during each stream.
};

/// The port that frames come out at, to send by while pktgen receives there: of a kernel device its packet
/// socket.
[[nodiscard]] std::string teacher_port(const std::string& spec);

class Tester {
 public:
  /// Opens both ends of every way. `ways` outlives it. Errors: pktgen's, by its exit status and on standard
  /// error.
  [[nodiscard]] static Result<Tester> open(const std::vector<OneWay>& ways, const TesterSetup& setup);

  /// Sends, waits for stragglers, and reads what was counted when all has stopped. Errors: kPartial for a
  /// stop signal; the children's.
  [[nodiscard]] Result<TrialResult> run(const TrialPlan& plan);

 private:
  Tester(const std::vector<OneWay>& ways, const TesterSetup& setup)
      : ways_(&ways), linger_s_(setup.linger_s), learning_s_(setup.learning_s) {}
  [[nodiscard]] Result<void> teach();
  [[nodiscard]] Result<void> wait(const TrialPlan& plan);

  const std::vector<OneWay>* ways_;
  double linger_s_, learning_s_;
  std::vector<Child> children_;       // one a way
  std::vector<Child> teachers_;       // one a way, where there are learning frames
  std::unique_ptr<Manager> manager_;  // where there are queries
};

}  // namespace hopcost::campaign
