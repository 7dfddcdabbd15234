// Walsh averages (x_i + x_j) / 2, i <= j: their order statistics without listing all of them.
// Safe from any thread. Includes nothing of ours.
#pragma once

#include <cstddef>
#include <span>

namespace hopcost {

/// The k-th smallest (from 1) of the n(n+1)/2 Walsh averages of ascending, finite values; to within 2^-60 of
/// their range. O(n) memory, O(60 n) time. n must be at least 1.
[[nodiscard]] double walsh_average(std::span<const double> ascending, std::size_t k);

/// The median of the Walsh averages: the Hodges-Lehmann estimate. Takes values in any order; 0 when there are
/// none.
[[nodiscard]] double walsh_median(std::span<const double> values);

}  // namespace hopcost
