// One build with the children that work on it. Owned by one thread. Includes base, nsglue.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/child.h"
#include "base/result.h"
#include "campaign/bench/build.h"
#include "campaign/bench/lanes.h"
#include "campaign/design/config.h"
#include "campaign/design/plan.h"
#include "campaign/site/sites.h"

namespace hopcost::campaign {

/// One build with the children that work on it. Where a process's code and memory came to lie is part of what
/// differs from build to build, so no child outlives its build.
class Stand {
 public:
  /// Starts the children, opens ports and end taps, in an order drawn from `draw`. On failure, or a stop
  /// signal, all of it is gone again. Errors: those of pktgen and analyzer, unchanged.
  [[nodiscard]] static Result<Stand> put_up(Build build, const Config& config, Sites& sites, Random& draw);
  Stand(Stand&&) noexcept = default;
  Stand& operator=(Stand&&) = delete;
  /// The children go before the devices they hold.
  ~Stand() = default;

  /// Opens and closes taps as the slot of these lanes needs them; paths of none of them have their ends'
  /// alone. Costs nothing when they are already so. Errors: the analyzer's.
  [[nodiscard]] Result<void> set_taps(const PlannedSlot& slot, const std::vector<Lane>& lanes);

  [[nodiscard]] const Build& build() const noexcept { return build_; }
  [[nodiscard]] Child& pktgen() noexcept { return pktgen_; }
  [[nodiscard]] Child& analyzer() noexcept { return analyzer_; }
  /// "af_xdp (copy)": what the ports turned out to be.
  [[nodiscard]] const std::string& backend() const noexcept { return backend_; }
  /// "bpf" or "af_packet": one kind for all taps of a run.
  [[nodiscard]] const std::string& tap_kind() const noexcept { return tap_kind_; }

 private:
  Stand(Build build, Child pktgen, Child analyzer)
      : build_(std::move(build)), pktgen_(std::move(pktgen)), analyzer_(std::move(analyzer)) {}
  [[nodiscard]] Result<void> choose_taps(const Config& config);
  [[nodiscard]] Result<void> open_paths(const Config& config, Random& draw);

  Build build_;  // outlives the children
  Child pktgen_, analyzer_;
  std::string backend_, tap_kind_;
  std::vector<nlohmann::json> open_taps_;  // by path, as armed
};

}  // namespace hopcost::campaign
