// Lists in text. Header only; includes nothing of ours.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace hopcost {

/// The words between separators (`at`), empty ones too: "a,,b" has three. Text without a separator is one
/// word.
[[nodiscard]] inline std::vector<std::string> split(std::string_view text, char at) {
  std::vector<std::string> words;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(at, begin), text.size());
    words.emplace_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return words;
}

}  // namespace hopcost
