// Requests for taps and sinks as plain data. Pure.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "analyzer/config.h"

namespace hopcost::analyzer {

/// What one path is to have.
struct WantedPath {
  std::string name;
  std::optional<std::vector<TapSpec>> taps;  ///< All of them, in order; nothing: they stay as they are.
  std::vector<UdpEnd> sinks;                 ///< Added to the sinks that the path has.
};

/// What one path is to lose.
struct UnwantedPath {
  std::string name;
  std::optional<std::vector<std::string>> taps;  ///< By name; nothing: the whole path.
};

/// One path at least, none twice. Errors: kUsage naming the member.
[[nodiscard]] Result<std::vector<WantedPath>> arm_of(const nlohmann::json& request);
/// One path at least, none twice. Errors: kUsage naming the member.
[[nodiscard]] Result<std::vector<UnwantedPath>> disarm_of(const nlohmann::json& request);

}  // namespace hopcost::analyzer
