// Makes result.json (doc/result-format.md). Pure. Includes base, stats.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "campaign/design/config.h"
#include "campaign/figures/analysis.h"

namespace hopcost::campaign {

/// What a result says of its run besides what was measured.
struct RunFacts {
  std::vector<std::string> command;
  std::string started;  ///< ISO 8601, UTC.
  std::string backend;  ///< The backend and the mode that the ports got: "af_xdp (copy)".
  std::string tap_kind;
  std::vector<LeftOut> left_out = {};
  std::string wire = {};  ///< As Bench::wire().
};

/// The object of result.json; doc/result-format.md describes each member.
[[nodiscard]] nlohmann::json result_json(const RunFacts& facts, const Config& config,
                                         const Measured& measured, const Figures& figures,
                                         const nlohmann::json& environment);

/// The file name of a mode's histogram log in the result folder. From the second level on it has the level's
/// number in it.
[[nodiscard]] std::string mode_log_name(const Measured& measured, std::size_t level, std::size_t lane);
/// The same for a hop's log, which is of the slots with all taps open.
[[nodiscard]] std::string hop_log_name(const Measured& measured, std::size_t level, std::size_t lane,
                                       const Hop& hop);

}  // namespace hopcost::campaign
