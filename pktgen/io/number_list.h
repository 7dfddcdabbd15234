// Lists of small numbers as people write them: CPUs, queues. Includes only base/.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace hopcost::pktgen {

/// Most numbers in a list.
inline constexpr std::size_t kLongestList = 1024;

/// "3", "0-3", "1,3" or "0,2-5": 1 to kLongestList different numbers, in the order given. `what` names a
/// number in errors ("CPU"). Errors: kUsage.
[[nodiscard]] Result<std::vector<std::uint32_t>> parse_number_list(const std::string& text, const char* what);

/// The shortest text that parse_number_list() reads as `list`.
[[nodiscard]] std::string to_string(const std::vector<std::uint32_t>& list);

}  // namespace hopcost::pktgen
