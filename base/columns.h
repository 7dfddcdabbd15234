// Rows of words laid out as columns of text. Includes nothing of ours.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace hopcost {

/// A line a row, behind `indent`: columns as wide as their longest word in bytes, two spaces between them,
/// nothing behind a row's last word. Rows may have different numbers of words.
[[nodiscard]] std::string in_columns(const std::vector<std::vector<std::string>>& rows,
                                     std::string_view indent = "");

}  // namespace hopcost
