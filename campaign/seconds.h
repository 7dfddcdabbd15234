// Durations on the command line, in seconds. Header only. Includes base.
#pragma once

#include <chrono>
#include <string>

#include "base/quantity.h"

namespace hopcost::campaign {

/// Parses "5min" or "300ms" to seconds. Errors: as parse_duration().
[[nodiscard]] inline Result<double> seconds_of(const std::string& text) {
  auto duration = parse_duration(text);
  if (!duration) return forward(duration);
  return std::chrono::duration<double>(*duration).count();
}

}  // namespace hopcost::campaign
