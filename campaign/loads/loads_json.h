// Makes result.json of a run of loads (doc/loads.md). Pure. Includes base, stats.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "campaign/loads/measure_loads.h"
#include "campaign/result/result_json.h"

namespace hopcost::campaign {

/// The object of result.json. `facts.backend` and `facts.tap_kind` are not used.
[[nodiscard]] nlohmann::json loads_json(const RunFacts& facts, const Config& config, const LoadPlan& plan,
                                        const MeasuredLoads& measured);

/// File name of a lane's histogram log in the result folder.
[[nodiscard]] std::string load_log_name(const MeasuredLoads& measured, std::size_t case_index,
                                        std::size_t lane);

}  // namespace hopcost::campaign
