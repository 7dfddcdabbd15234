// Where a tool's figures stand in what it prints. Pure. Includes base.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "base/result.h"

namespace hopcost::hopload {

/// One figure of a tool.
struct ToolFigure {
  std::string name, unit, better;  ///< `better`: "higher" or "lower".
  std::string pointer;             ///< Into its output as JSON (RFC 6901); or
  std::string regex;  ///< its first group is the number (ECMAScript); or, with both empty, its running time
                      ///< in seconds.
  double scale = 1;   ///< The number times this is in `unit`.
  std::string compared_by;  ///< "ratio" or "difference": of modes, for who asks.
  double same_within = 0;   ///< Of that, what is no difference worth the name; 0: the asker's own.
  std::string over_containers = "mean";  ///< "sum" or "mean" of several containers at once, for who asks.
};

/// From the request "prepare". Errors: kUsage naming what is wrong.
[[nodiscard]] Result<std::vector<ToolFigure>> read_tool_figures(const nlohmann::json& request);

/// {"name", "unit", "better", "compared_by", "same_within", "over_containers"} of each.
[[nodiscard]] nlohmann::json describe_figures(const std::vector<ToolFigure>& figures);

/// By name, of one run's words. Errors: kFailure naming the figure that is not there, or is no finite number.
[[nodiscard]] Result<nlohmann::json> find_figures(const std::vector<ToolFigure>& figures,
                                                  const std::string& words, double elapsed_s);

}  // namespace hopcost::hopload
