// A fleet's result for Prometheus: a file for the node exporter's textfile collector. Gauges alone, so that
// the text is OpenMetrics and of Prometheus' own older format at once. From fleet.json's object. Pure.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace hopcost::campaign {

/// `now_unix_s`: when the fleet ended.
[[nodiscard]] std::string fleet_metrics(const nlohmann::json& fleet, double now_unix_s);

}  // namespace hopcost::campaign
