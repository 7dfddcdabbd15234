// Finds a tool's figures in what it prints. Pure. Includes base.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "base/result.h"

namespace hopcost::hopload {

/// One figure of a tool.
struct ToolFigure {
  std::string name, unit, better;  ///< `better`: "higher" or "lower".
  std::string pointer;             ///< JSON pointer into its output (RFC 6901), or empty.
  std::string regex;  ///< The number is its first group (ECMAScript). Without both: the running time, s.
  double scale = 1;   ///< Factor from the number to `unit`.
  std::string compared_by;               ///< "ratio" or "difference"; for whoever compares modes.
  double same_within = 0;                ///< Differences up to this count as none; 0: the caller's default.
  std::string over_containers = "mean";  ///< "sum" or "mean" of several containers; for the caller.
};

/// Reads the request "prepare". Errors: kUsage naming what is wrong.
[[nodiscard]] Result<std::vector<ToolFigure>> read_tool_figures(const nlohmann::json& request);

/// {"name", "unit", "better", "compared_by", "same_within", "over_containers"} of each.
[[nodiscard]] nlohmann::json describe_figures(const std::vector<ToolFigure>& figures);

/// The figures by name, from one run's output and running time. Errors: kFailure naming the figure that is
/// not there or is no finite number.
[[nodiscard]] Result<nlohmann::json> find_figures(const std::vector<ToolFigure>& figures,
                                                  const std::string& words, double elapsed_s);

}  // namespace hopcost::hopload
