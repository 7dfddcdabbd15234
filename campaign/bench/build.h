// One build: every mode made anew, in namespaces of its own on the device under test, under names that no
// other run and no other build uses. Owned by one thread. Includes base, site, nsglue's descriptions.
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

/// A setting that differs from its declaration.
struct Drifted {
  std::string mode, what;
};

class Build {
 public:
  /// Makes an instance of each topology at `device`, in an order drawn from `draw`. `number` is the build's
  /// number within the run. On failure, or at a stop signal, everything made so far is removed. `device` must
  /// outlive the build. Errors: nsglue's.
  [[nodiscard]] static Result<Build> raise(Site& device, const std::vector<nsglue::Topology>& topologies,
                                           std::uint32_t number, Random& draw);
  /// The same with one topology, for which there is one order.
  [[nodiscard]] static Result<Build> raise_one(Site& device, const nsglue::Topology& topology,
                                               std::uint32_t number = 0);
  Build(Build&& other) noexcept;
  Build& operator=(Build&& other) noexcept;
  /// Removes the namespaces. If one can't be removed, logs the error and the command that removes it.
  ~Build();

  /// In the order of the topologies.
  [[nodiscard]] std::vector<Path>& paths() noexcept { return paths_; }
  [[nodiscard]] const std::vector<Path>& paths() const noexcept { return paths_; }

  /// The settings of one instance of each mode, another one in each build, that differ from the declarations
  /// now; empty when nothing has drifted. A program that changes settings of namespaces which it did not make
  /// meets all instances alike. Errors: nsglue's.
  [[nodiscard]] Result<std::vector<Drifted>> drift() const;
  /// Has nsglue send probes of its own through an instance of each mode. Errors: kFailure for a path other
  /// than the declared one, with the reason; nsglue's.
  [[nodiscard]] Result<void> prove() const;
  /// For two hosts: connects every instance to the device's NIC, so that packets sent by `tester_nic` reach
  /// it. Errors: nsglue's.
  [[nodiscard]] Result<void> wire_to(const std::string& tester_nic);
  /// By mode: the settings of one instance, for environment.json.
  [[nodiscard]] nlohmann::json settings() const;

  /// Removes the instances of runs that were killed, and logs how many.
  static void clear_away_dead_runs(Site& device);

 private:
  Build(Site& device, std::uint32_t number) : device_(&device), number_(number) {}
  void remove() noexcept;
  Site* device_;
  std::uint32_t number_;
  std::vector<Path> paths_;
};

}  // namespace hopcost::campaign
