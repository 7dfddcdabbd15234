// Lays out rows of words as columns of text. Includes nothing of ours.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace hopcost {

/// One line per row, each after `indent`. Columns are as wide as their longest word in bytes, with two spaces
/// between them and no spaces after a row's last word. Rows may have different numbers of words.
[[nodiscard]] std::string in_columns(const std::vector<std::vector<std::string>>& rows,
                                     std::string_view indent = "");

}  // namespace hopcost
