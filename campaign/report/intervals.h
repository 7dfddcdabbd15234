// Intervals as result files hold them. Pure. Includes nothing of ours.
#pragma once

#include <nlohmann/json.hpp>

namespace hopcost::campaign {

/// Whether `v` is an interval, a list of two numbers. An unknown interval is null.
[[nodiscard]] inline bool is_interval(const nlohmann::json& v) {
  return v.is_array() && v.size() == 2 && v[0].is_number() && v[1].is_number();
}

}  // namespace hopcost::campaign
