// The report of a device's tests as one page without scripts, drawn from result.json alone: the standards'
// graphs and the words that a single figure must carry. Pure. Includes the graph.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace hopcost::campaign {

/// `result` as doc/device.md has it.
[[nodiscard]] std::string device_page(const nlohmann::json& result);

}  // namespace hopcost::campaign
