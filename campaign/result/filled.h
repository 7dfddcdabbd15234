// Lines of text that are no wider than a terminal. Any thread. Includes base/ alone.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace hopcost::campaign {

/// Writes pieces one after the other. A piece that would go beyond the widest line begins a new line,
/// indented by this much.
[[nodiscard]] std::string fill(std::string line, const std::vector<std::string>& pieces, std::size_t indent);

/// A sentence, filled word by word.
[[nodiscard]] std::string sentence(std::string line, const std::string& text, std::size_t indent);

/// The items of a list as pieces, with commas between them, the first after `before`.
[[nodiscard]] std::vector<std::string> listed(std::vector<std::string> items, const char* before = " ");

}  // namespace hopcost::campaign
