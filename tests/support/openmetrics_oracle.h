// OpenMetrics text as the format's reference parser (python3-prometheus-client) reads it.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace hopcost {

[[nodiscard]] bool have_openmetrics_parser();

/// {"NAME{label=value,...}": value}; empty when the parser refuses the text.
[[nodiscard]] nlohmann::json parse_openmetrics(const std::string& text);

}  // namespace hopcost
