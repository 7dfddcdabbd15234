// A fleet's result for Prometheus, from the object of fleet.json: a file for the node exporter's textfile
// collector. It has only gauges, so the text is both OpenMetrics and Prometheus' older format. Pure.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace hopcost::campaign {

/// The file's text. `now_unix_s`: when the fleet ended.
[[nodiscard]] std::string fleet_metrics(const nlohmann::json& fleet, double now_unix_s);

}  // namespace hopcost::campaign
