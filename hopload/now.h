// The clock for timing loads. Header only; any thread. Includes nothing of ours.
#pragma once

#include <time.h>

#include <cstdint>

namespace hopcost::hopload {

/// CLOCK_MONOTONIC, ns.
[[nodiscard]] inline std::int64_t now_ns() noexcept {
  timespec t{};
  clock_gettime(CLOCK_MONOTONIC, &t);
  return std::int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec;
}

}  // namespace hopcost::hopload
