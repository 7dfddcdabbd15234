// Decimal text with a fixed number of places, rounded as java.util.Formatter does: the shortest digits that
// tell the number apart, then half up. printf rounds the binary value instead, which differs in the last
// place for ties.
#pragma once

#include <string>

namespace hopcost {

/// `value` is finite; `places` in 0..20.
[[nodiscard]] std::string fixed_half_up(double value, int places);

}  // namespace hopcost
