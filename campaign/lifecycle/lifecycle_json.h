// A life-cycle's figures, as JSON (doc/lifecycle.md, "lifecycle.json") and as a table. Pure. Includes
// base, stats.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "campaign/lifecycle/trial.h"

namespace hopcost::campaign {

/// A cell and its trials, in the order they were made.
struct Tried {
  Cell cell;
  std::vector<Trial> trials;
};

/// Of every figure the Hodges-Lehmann estimate of its logarithms and, from six trials on, the 95 % interval.
[[nodiscard]] nlohmann::json lifecycle_json(const std::vector<Tried>& tried, std::uint64_t seed,
                                            bool partial);

/// One line a cell, from lifecycle_json().
[[nodiscard]] std::string lifecycle_table(const nlohmann::json& result);

}  // namespace hopcost::campaign
