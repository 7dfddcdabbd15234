// When the packets of the analyzer's tests begin.
#pragma once

#include <cstdint>

namespace hopcost::analyzer {

inline constexpr std::uint64_t kStart = 1'700'000'000'000'000'000;  ///< ns of CLOCK_REALTIME.

}
