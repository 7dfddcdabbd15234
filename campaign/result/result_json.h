// result.json (doc/result-format.md). Pure. Includes base, stats.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "campaign/design/config.h"
#include "campaign/figures/analysis.h"

namespace hopcost::campaign {

/// What is known of a run besides what it measured.
struct RunFacts {
  std::vector<std::string> command;
  std::string started;  ///< ISO 8601, UTC.
  std::string backend;  ///< As the ports turned out: "af_xdp (copy)".
  std::string tap_kind;
  std::vector<LeftOut> left_out = {};
};

/// doc/result-format.md has it member by member.
[[nodiscard]] nlohmann::json result_json(const RunFacts& facts, const Config& config,
                                         const Measured& measured, const Figures& figures,
                                         const nlohmann::json& environment);

/// Names of the histogram logs in the result folder. Further levels than the first have their number in it.
[[nodiscard]] std::string mode_log_name(const Measured& measured, std::size_t level, std::size_t lane);
/// Of a hop, watched with all taps open.
[[nodiscard]] std::string hop_log_name(const Measured& measured, std::size_t level, std::size_t lane,
                                       const Hop& hop);

}  // namespace hopcost::campaign
