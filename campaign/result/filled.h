// Breaks text into lines that are no wider than a terminal. Any thread. Includes base/ alone.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace hopcost::campaign {

/// Appends `pieces` to `line`, and ends the text with a newline. A piece that would go beyond 110 columns
/// starts a new line, indented by `indent` spaces.
[[nodiscard]] std::string fill(std::string line, const std::vector<std::string>& pieces, std::size_t indent);

/// Appends the words of `text` to `line`, breaking lines as fill() does.
[[nodiscard]] std::string sentence(std::string line, const std::string& text, std::size_t indent);

/// The items of a list as pieces for fill(), with commas between them, and `before` in front of the first.
[[nodiscard]] std::vector<std::string> listed(std::vector<std::string> items, const char* before = " ");

}  // namespace hopcost::campaign
