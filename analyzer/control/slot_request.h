// Requests for a slot of lanes as plain data. Pure.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "analyzer/correlate/correlator.h"
#include "base/result.h"

namespace hopcost::analyzer {

/// A path and a flow on it.
struct LaneName {
  std::string path;
  std::uint16_t flow = 0;
  friend auto operator<=>(const LaneName&, const LaneName&) = default;
};
/// "flow 17 of path bridge".
[[nodiscard]] std::string to_string(const LaneName& lane);

/// The operation "expect".
struct ExpectRequest {
  std::vector<LaneName> lanes;  ///< One at least, none twice.
  Expected expected;            ///< Of each of them.
};

/// The operation "collect".
struct CollectRequest {
  std::vector<LaneName> lanes;      ///< One at least, none twice.
  std::vector<std::uint64_t> sent;  ///< Packets, one number a lane.
  std::uint64_t timeout_ms = 500;
  bool times = false;  ///< The answer also holds the time of each timed packet.
};

/// Errors: kUsage naming the member.
[[nodiscard]] Result<ExpectRequest> expect_of(const nlohmann::json& request);
/// Errors: kUsage naming the member.
[[nodiscard]] Result<CollectRequest> collect_of(const nlohmann::json& request);

}  // namespace hopcost::analyzer
