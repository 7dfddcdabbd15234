// Splits text, and quotes it for HTML and CSV. Header only; includes nothing of ours.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace hopcost {

/// The words between separators (`at`), also empty ones: "a,,b" has three. Text without a separator is one
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

/// Escaped for HTML, XML and SVG, also inside double quotes.
[[nodiscard]] inline std::string html_text(std::string_view text) {
  std::string safe;
  for (const char c : text) {
    if (c == '&')
      safe += "&amp;";
    else if (c == '<')
      safe += "&lt;";
    else if (c == '>')
      safe += "&gt;";
    else if (c == '"')
      safe += "&quot;";
    else
      safe += c;
  }
  return safe;
}

/// A CSV field in RFC 4180's quotes, with line breaks as blanks.
[[nodiscard]] inline std::string csv_text(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c == '\n' ? ' ' : c;
  }
  return out + '"';
}

}  // namespace hopcost
