// Control requests as plain data.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <vector>

#include "analyzer/config.h"

namespace hopcost::analyzer {

/// The "taps" of an arm request, in order; absent is empty. Errors: kUsage naming the member.
[[nodiscard]] Result<std::vector<TapSpec>> taps_of(const nlohmann::json& request);
/// The "sinks" of an arm request. Errors: kUsage naming the member.
[[nodiscard]] Result<std::vector<SinkSpec>> sinks_of(const nlohmann::json& request);
/// The flow id in member `key`. Errors: kUsage.
[[nodiscard]] Result<std::uint16_t> flow_of(const nlohmann::json& request, const char* key = "flow");
/// The id in "beside", nothing when it is absent. Errors: kUsage, also when it is that in "flow".
[[nodiscard]] Result<std::optional<std::uint16_t>> flow_beside_of(const nlohmann::json& request);

}  // namespace hopcost::analyzer
