// The highest packet rate that a mode carries without a drop, and how long packets take at shares of it: by
// the trials of hopcost device, with a mode's path in the device's place. One owner thread. Includes base,
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

/// How it is searched for.
struct CapacityPlan {
  std::string size = "64";  ///< Of frames, bytes with FCS.
  double trial_s = 0.1;
  bool ipv6 = false;
  int cpu = -1;  ///< The sender's.
};

/// What a search shows: [{"name", "unit", "better"}]. The shares have a figure each.
[[nodiscard]] nlohmann::json capacity_kinds();

/// Trials of a search and behind it, about: for telling beforehand how long it takes.
inline constexpr double kCapacityTrials = 16;

/// A generator with a port where the path's packets begin and one where they end.
class CapacitySearch {
 public:
  /// `path` is of a build that stands as long as this. Errors: pktgen's.
  [[nodiscard]] static Result<std::unique_ptr<CapacitySearch>> open(const Path& path,
                                                                    const CapacityPlan& plan);
  CapacitySearch(const CapacitySearch&) = delete;
  ~CapacitySearch() = default;

  /// Searches with loss verification (ETSI TST009: of two trials one may lose), then sends at each share.
  /// Figures by name. Errors: kFailure where no rate passes without a drop, or nothing comes through at a
  /// share; kPartial for a stop signal.
  [[nodiscard]] Result<nlohmann::json> run();

 private:
  explicit CapacitySearch(CapacityPlan plan) : plan_(std::move(plan)) {}
  [[nodiscard]] Result<double> flat_out();
  [[nodiscard]] Result<double> search(double highest);
  [[nodiscard]] Result<TrialResult> trial(double fps, double seconds);

  CapacityPlan plan_;
  std::vector<Fd> sinks_;
  std::vector<OneWay> ways_;        // one
  std::unique_ptr<Tester> tester_;  // uses `ways_`
};

}  // namespace hopcost::campaign
