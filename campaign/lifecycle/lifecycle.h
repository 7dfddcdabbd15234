// Measures how long containers take from the order to the first packet that arrives, and to be gone again.
// One thread steers; containers that are built at once have a thread each. Includes base, stats, nsglue,
// bench, site and result.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "campaign/lifecycle/engine.h"

namespace hopcost::campaign {

/// The options of the command line.
struct LifecycleOptions {
  std::vector<std::string> modes = {"veth", "bridge", "macvlan", "bridge-nat", "nested-bridge", "nested-nat"};
  std::vector<Engine> engines = {};  ///< Measured besides the modes.
  std::vector<std::uint32_t> containers = {1, 2, 4, 8, 16};
  std::uint32_t repeats = 0;         ///< Trials of every combination; 0: as many as the budget allows, at
                                     ///< least six.
  double budget_s = 120;             ///< For everything.
  std::uint64_t seed = 0;            ///< Seed of the order of trials; 0: chosen, and recorded.
  std::filesystem::path topologies;  ///< Empty: found beside the program.
  std::filesystem::path out;         ///< Folder for lifecycle.json; empty: none.
  bool json = false, quiet = false;
};

/// Checks ranges and that the options fit together. Errors: kUsage.
[[nodiscard]] Result<void> validate(const LifecycleOptions& options);

/// Builds and removes containers again and again in random order, and prints the table or JSON. Gives
/// kPartial when it was stopped; what was measured is printed. Errors: kUsage for a mode that can't have many
/// containers; kMissing for a mode that this kernel can't do, and when none of the engines is there and no
/// mode is asked for; kPrivilege; kRefused while another run measures.
[[nodiscard]] Result<Exit> lifecycle(const LifecycleOptions& options);

}  // namespace hopcost::campaign
