// The generators, one for each way through the device; runs one trial at a time. Owned by one thread, which
// sleeps while frames fly. Includes base.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <nlohmann/json_fwd.hpp>
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
  std::string profile;  ///< A pktgen profile in place of the ways' flows; empty: none.
  int cpu = -1;
  std::uint64_t seed = 1;
  double linger_s = 2;
  double ramp_s = 0;  ///< Above 0: before each stream the rate climbs to the stream's for so long, uncounted.
  /// Above 0: before each trial the ports where frames come out send learning frames (RFC 2544 section 23),
  /// and the trial begins this much later.
  double learning_s = 0;
  bool any_carrier = false;  ///< Trials go on when a port's carrier is lost, as when the device resets.
  std::optional<Managed> managed = {};  ///< Gets a management query every second of each stream.
};

/// The spec of the port to send learning frames by, for the port `spec`, where pktgen receives at the same
/// time. It is af_packet, if `spec` is a kernel device with AF_XDP.
[[nodiscard]] std::string teacher_port(const std::string& spec);
/// The options by which pktgen opens the far end of a path that hopcost built, although it carries the
/// container's default route; none for ports of the user.
[[nodiscard]] std::vector<std::string> consent(const OneWay& way);

class Tester {
 public:
  /// Opens both ends of every way. `ways` must outlive the tester. Errors: pktgen's, by its exit status; its
  /// message is on standard error.
  [[nodiscard]] static Result<Tester> open(const std::vector<OneWay>& ways, const TesterSetup& setup);

  /// Runs one trial: sends, waits for late frames, and reads all counters once everything has stopped.
  /// Errors: kPartial for a stop signal; the children's.
  [[nodiscard]] Result<TrialResult> run(const TrialPlan& plan);

 private:
  Tester(const std::vector<OneWay>& ways, const TesterSetup& setup)
      : ways_(&ways), linger_s_(setup.linger_s), learning_s_(setup.learning_s), ramp_s_(setup.ramp_s) {}
  [[nodiscard]] Result<void> teach();
  [[nodiscard]] Result<void> climb(const TrialPlan& plan);
  [[nodiscard]] Result<std::chrono::steady_clock::time_point> start(nlohmann::json request);
  [[nodiscard]] Result<void> wait_until_idle(std::chrono::steady_clock::time_point limit);
  [[nodiscard]] Result<void> wait(const TrialPlan& plan, std::chrono::steady_clock::time_point begun);

  const std::vector<OneWay>* ways_;
  double linger_s_, learning_s_, ramp_s_;
  std::uint64_t ahead_ns_ = 0;        // how far ahead several ways' begin is set
  std::vector<Child> children_;       // one per way
  std::vector<Child> teachers_;       // one per way, if learning frames are sent
  std::unique_ptr<Manager> manager_;  // if queries are sent
};

}  // namespace hopcost::campaign
