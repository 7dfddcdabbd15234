// A length of time of the command line, in seconds. Header only. Includes base.
#pragma once

#include <chrono>
#include <string>

#include "base/quantity.h"

namespace hopcost::campaign {

/// "5min", "300ms". Errors: as parse_duration().
[[nodiscard]] inline Result<double> seconds_of(const std::string& text) {
  auto duration = parse_duration(text);
  if (!duration) return forward(duration);
  return std::chrono::duration<double>(*duration).count();
}

}  // namespace hopcost::campaign
