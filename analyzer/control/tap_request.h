// Requests for taps and sinks as plain data. Pure.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "analyzer/config.h"

namespace hopcost::analyzer {

/// The "taps" of an arm request, in order; absent is empty. Errors: kUsage naming the member.
[[nodiscard]] Result<std::vector<TapSpec>> taps_of(const nlohmann::json& request);
/// The "sinks" of an arm request. Errors: kUsage naming the member.
[[nodiscard]] Result<std::vector<SinkSpec>> sinks_of(const nlohmann::json& request);

}  // namespace hopcost::analyzer
