// A life-cycle's figures, as JSON (doc/lifecycle.md, "lifecycle.json") and as a table. Pure. Includes
// base, stats.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "campaign/design/config.h"
#include "campaign/lifecycle/trial.h"

namespace hopcost::campaign {

/// A cell and its trials, in the order they were made.
struct Tried {
  Cell cell;
  std::vector<Trial> trials;
};

/// Of every figure the Hodges-Lehmann estimate of its logarithms and, from six trials on, the 95 % interval.
/// `left_out`: engines that are not there.
[[nodiscard]] nlohmann::json lifecycle_json(const std::vector<Tried>& tried,
                                            const std::vector<LeftOut>& left_out, std::uint64_t seed,
                                            bool partial);

/// One line a cell, from lifecycle_json(): modes, then engines.
[[nodiscard]] std::string lifecycle_table(const nlohmann::json& result);

}  // namespace hopcost::campaign
