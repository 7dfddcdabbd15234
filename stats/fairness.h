// How evenly several share what there is. Pure; any thread. Includes nothing of ours.
#pragma once

#include <span>

namespace hopcost {

/// Jain's index (Jain, Chiu, Hawe, DEC-TR-301, 1984): 1 where all have the same, 1/n where one of n has it
/// all. 1 where nobody has anything, and of none. Shares are 0 and above.
[[nodiscard]] double jain_index(std::span<const double> shares) noexcept;

}  // namespace hopcost
