// Decimal text with a fixed number of places, rounded as java.util.Formatter does: first the shortest decimal
// digits that read back as the same double, then half up. printf rounds the binary value instead, so ties
// differ in the last place.
#pragma once

#include <string>

namespace hopcost {

/// `value` is finite; `places` in 0..20.
[[nodiscard]] std::string fixed_half_up(double value, int places);

}  // namespace hopcost
