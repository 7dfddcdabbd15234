// One build: every mode made anew in namespaces of its own, under names that no other run and no other build
// has; on the device under test, wherever that is. Owned by one thread. Includes base, site, nsglue's
// descriptions.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "base/result.h"
#include "campaign/bench/path.h"
#include "campaign/design/plan.h"
#include "campaign/site/sites.h"

namespace hopcost::campaign {

class Build {
 public:
  /// Makes an instance of each topology at `device`, in an order drawn from `draw`. `number` counts a run's
  /// builds. On failure, or a stop signal, all of it is gone again. `device` outlives it. Errors: nsglue's.
  [[nodiscard]] static Result<Build> raise(Site& device, const std::vector<nsglue::Topology>& topologies,
                                           std::uint32_t number, Random& draw);
  Build(Build&& other) noexcept;
  Build& operator=(Build&& other) noexcept;
  /// Removes the namespaces; what can't be removed is said, with the command that does it.
  ~Build();

  /// In the order of the topologies.
  [[nodiscard]] std::vector<Path>& paths() noexcept { return paths_; }
  [[nodiscard]] const std::vector<Path>& paths() const noexcept { return paths_; }

  /// What differs from the declaration now; empty when nothing has drifted. Errors: nsglue's.
  [[nodiscard]] Result<std::vector<std::string>> drift() const;
  /// Sends probes of nsglue's own through every instance. Errors: kFailure for a path that is not the
  /// declared one, with the reason; nsglue's.
  [[nodiscard]] Result<void> prove() const;
  /// Puts every instance on the device's interface, so that packets come to it from `tester_nic`: for two
  /// hosts. Errors: nsglue's.
  [[nodiscard]] Result<void> wire_to(const std::string& tester_nic);
  /// Every instance's settings, for environment.json.
  [[nodiscard]] nlohmann::json settings() const;

  /// Removes the instances that runs killed before their end left behind, and says so.
  static void clear_away_dead_runs(Site& device);

 private:
  explicit Build(Site& device) : device_(&device) {}
  void remove() noexcept;
  Site* device_;
  std::vector<Path> paths_;
};

}  // namespace hopcost::campaign
