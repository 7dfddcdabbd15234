// The report of a device's tests as one page without scripts, made from result.json alone: the graphs that
// the standards ask for, and the conditions that must be stated beside a figure. Pure. Includes the graph.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace hopcost::campaign {

/// The page. `result`: the object of result.json, as in doc/device.md.
[[nodiscard]] std::string device_page(const nlohmann::json& result);

}  // namespace hopcost::campaign
