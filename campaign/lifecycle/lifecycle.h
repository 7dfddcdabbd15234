// How long containers take from the order to the first packet that arrives, and to be gone again. One thread
// steers; containers that are built at once have a thread each. Includes base, stats,
// nsglue, bench, site and result.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "campaign/lifecycle/engine.h"

namespace hopcost::campaign {

/// As the command line has them.
struct LifecycleOptions {
  std::vector<std::string> modes = {"veth", "bridge", "macvlan", "bridge-nat", "nested-bridge", "nested-nat"};
  std::vector<Engine> engines = {};  ///< Besides the modes.
  std::vector<std::uint32_t> containers = {1, 2, 4, 8, 16};
  std::uint32_t repeats = 0;         ///< Of every combination; 0: as many as the budget allows, six at least.
  double budget_s = 120;             ///< For all of it.
  std::uint64_t seed = 0;            ///< Of the order; 0: chosen, and told.
  std::filesystem::path topologies;  ///< Empty: found beside the program.
  std::filesystem::path out;         ///< Folder for lifecycle.json; empty: none.
  bool json = false, quiet = false;
};

/// Errors: kUsage.
[[nodiscard]] Result<void> validate(const LifecycleOptions& options);

/// Builds and removes, again and again in random order, and prints the table or JSON. kPartial when it was
/// stopped: what was measured is printed. Errors: kUsage for a mode that can't have many containers, kMissing
/// for one this kernel has not, and when none of the engines is there and no mode is asked for, kPrivilege,
/// kRefused while another run measures.
[[nodiscard]] Result<Exit> lifecycle(const LifecycleOptions& options);

}  // namespace hopcost::campaign
