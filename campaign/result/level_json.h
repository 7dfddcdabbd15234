// One load's part of result.json: modes, pairs, controls, builds. Pure. Internal to result_json.cc.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "campaign/design/config.h"
#include "campaign/figures/analysis.h"

namespace hopcost::campaign {

/// {"load", "modes", "pairs", "aa", "instance", "mde_ns", "speed", "chains", "builds"}
[[nodiscard]] nlohmann::json level_json(const Config& config, const Measured& measured, std::size_t level,
                                        const LevelFigures& figures);

}  // namespace hopcost::campaign
