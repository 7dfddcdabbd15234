#include "campaign/result/filled.h"

#include <algorithm>

#include "base/text.h"

namespace hopcost::campaign {
namespace {

/// How many columns `text` takes on a terminal: continuation bytes of UTF-8 take none.
std::size_t columns(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

}  // namespace

std::string fill(std::string line, const std::vector<std::string>& pieces, std::size_t indent) {
  constexpr std::size_t kWidest = 110;
  std::string text;
  for (const std::string& piece : pieces) {
    if (columns(line) + columns(piece) > kWidest) {
      const std::size_t word = std::min(piece.find_first_not_of(' '), piece.size());
      text += line + "\n";
      line = std::string(indent, ' ') + piece.substr(word);
    } else {
      line += piece;
    }
  }
  return text + line + "\n";
}

std::string sentence(std::string line, const std::string& text, std::size_t indent) {
  std::vector<std::string> words = split(text, ' ');
  for (std::size_t i = 1; i < words.size(); ++i) words[i].insert(0, " ");
  return fill(std::move(line), words, indent);
}

std::vector<std::string> listed(std::vector<std::string> items, const char* before) {
  for (std::size_t i = 0; i < items.size(); ++i) {
    items[i].insert(0, i == 0 ? before : " ");
    if (i + 1 < items.size()) items[i] += ",";
  }
  return items;
}

}  // namespace hopcost::campaign
