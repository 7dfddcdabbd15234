// result.json (doc/result-format.md) from figures. Pure. Includes base, stats.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "campaign/analysis.h"
#include "campaign/config.h"
#include "campaign/run.h"

namespace hopcost::campaign {

/// What result.json says beside the figures.
struct RunFacts {
  std::vector<std::string> command;
  std::string started;   ///< ISO 8601, UTC.
  std::string backend;   ///< as asked for.
  std::string tap_kind;  ///< as chosen.
};

[[nodiscard]] nlohmann::json result_json(const RunFacts& facts, const Config& config,
                                         const Measured& measured, const Figures& figures,
                                         const nlohmann::json& environment);

/// The generator's audit over all slots that count: result.json's `generator`.
[[nodiscard]] nlohmann::json generator_json(const std::vector<SlotResult>& slots);

}  // namespace hopcost::campaign
