// The highest packet rate that a mode carries without a drop, and the latency at fractions of it. Uses the
// trials of hopcost device, with a mode's path in the device's place. One owner thread. Includes base,
// device.
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "campaign/bench/path.h"
#include "campaign/device/tester.h"

namespace hopcost::campaign {

/// Parameters of a search.
struct CapacityPlan {
  std::string size = "64";  ///< Frame size: bytes with FCS.
  double trial_s = 0.1;
  bool ipv6 = false;
  int cpu = -1;  ///< The sender's CPU; -1: any.
};

/// The figures of a search: [{"name", "unit", "better"}]: the capacity, and p50 and p99 of the latency at
/// each share of it.
[[nodiscard]] nlohmann::json capacity_kinds();

/// About how many trials a search and the latency measurements take; for estimates of the time.
inline constexpr double kCapacityTrials = 16;

/// A generator that sends where a path begins and receives where it ends, and the search that it makes.
class CapacitySearch {
 public:
  /// Opens the generator and the sockets at the path's end. The build of `path` must outlive it. Errors:
  /// pktgen's, the sockets'.
  [[nodiscard]] static Result<std::unique_ptr<CapacitySearch>> open(const Path& path,
                                                                    const CapacityPlan& plan);
  CapacitySearch(const CapacitySearch&) = delete;
  ~CapacitySearch() = default;

  /// Searches with loss verification (ETSI TST009: one of two trials may lose), then measures the latency at
  /// each share. Gives the figures by name. Errors: kFailure when no rate passes without a drop, or nothing
  /// comes through at a share; kPartial for a stop signal.
  [[nodiscard]] Result<nlohmann::json> run();

 private:
  explicit CapacitySearch(CapacityPlan plan) : plan_(std::move(plan)) {}
  [[nodiscard]] Result<double> flat_out();
  [[nodiscard]] Result<double> search(double highest);
  [[nodiscard]] Result<TrialResult> trial(double fps, double seconds);

  CapacityPlan plan_;
  std::vector<Fd> sinks_;
  std::vector<OneWay> ways_;        // exactly one
  std::unique_ptr<Tester> tester_;  // uses `ways_`
};

}  // namespace hopcost::campaign
