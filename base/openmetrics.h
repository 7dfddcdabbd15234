// Writes the parts of OpenMetrics text, version 1.0.0 (https://openmetrics.io). Pure.
#pragma once

#include <string>
#include <string_view>

namespace hopcost {

inline constexpr const char* kOpenMetricsType = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// NAME="VALUE", escaped.
[[nodiscard]] std::string metric_label(const char* name, std::string_view value);

/// Appends the lines at the head of a family: # TYPE, # UNIT (unless null), # HELP.
void append_family(std::string& out, const char* name, const char* type, const char* help,
                   const char* unit = nullptr);

}  // namespace hopcost
