// The figures of a life-cycle run, as JSON (doc/lifecycle.md, "lifecycle.json") and as a table. Pure.
// Includes base, stats.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "campaign/design/config.h"
#include "campaign/lifecycle/trial.h"

namespace hopcost::campaign {

/// A cell and its trials, in the order in which they were made.
struct Tried {
  Cell cell;
  std::vector<Trial> trials;
};

/// The object of lifecycle.json. Every figure is the Hodges-Lehmann estimate of its logarithms, with the 95 %
/// interval from six trials on; figures that are 0 in some trial are estimated without logarithms.
/// `left_out`: engines that are not there.
[[nodiscard]] nlohmann::json lifecycle_json(const std::vector<Tried>& tried,
                                            const std::vector<LeftOut>& left_out, std::uint64_t seed,
                                            bool partial);

/// A table with a line for each cell, from lifecycle_json(): modes, then engines.
[[nodiscard]] std::string lifecycle_table(const nlohmann::json& result);

}  // namespace hopcost::campaign
