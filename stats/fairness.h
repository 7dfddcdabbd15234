// How evenly several parties share a resource. Pure; any thread. Includes nothing of ours.
#pragma once

#include <optional>
#include <span>

namespace hopcost {

/// Jain's index (Jain, Chiu, Hawe, DEC-TR-301, 1984), the square of the shares' sum over n times the sum of
/// their squares: 1 where all have the same, 1/n where one of n has it all. Shares are 0 and above. Nothing
/// without shares, or when all of them are 0.
[[nodiscard]] std::optional<double> jain_index(std::span<const double> shares) noexcept;

}  // namespace hopcost
