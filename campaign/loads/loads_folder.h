// Writes the result folder of a run of loads (doc/loads.md). Includes base, stats.
#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>

#include "base/result.h"
#include "campaign/loads/measure_loads.h"

namespace hopcost::campaign {

/// Writes result.json, environment.json, machine.jsonl, a .hlog for each load and lane that has times, and
/// report.html. `start_unix_s`: when the run began. Errors: kPartial, naming the file that could not be
/// written.
[[nodiscard]] Result<void> write_loads_folder(const std::filesystem::path& folder,
                                              const nlohmann::json& result, const MeasuredLoads& measured,
                                              double start_unix_s);

}  // namespace hopcost::campaign
