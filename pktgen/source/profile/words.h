// Splits the text of profiles into words and numbers. Header only; set-up code.
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hopcost::pktgen {

/// The texts between separators; without a separator the whole text, even if empty.
[[nodiscard]] inline std::vector<std::string> split_words(std::string_view text, std::string_view separator) {
  std::vector<std::string> words;
  for (;;) {
    const auto at = text.find(separator);
    words.emplace_back(text.substr(0, at));
    if (at == std::string_view::npos) return words;
    text.remove_prefix(at + separator.size());
  }
}

/// A number of decimal digits alone; nothing for any other text, and from 2^64 on.
[[nodiscard]] inline std::optional<std::uint64_t> whole_number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, err] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || err != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace hopcost::pktgen
