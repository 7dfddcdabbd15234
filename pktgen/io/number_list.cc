#include "pktgen/io/number_list.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace hopcost::pktgen {
namespace {

constexpr std::uint32_t kMost = 65535;

/// Takes a number off the front of `text`; false when there is none.
bool take_number(std::string_view& text, std::uint32_t& number) {
  const auto [end, err] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (err != std::errc{} || number > kMost) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

/// "N" or "N-M".
bool append_range(std::string_view text, std::vector<std::uint32_t>& list) {
  std::uint32_t first = 0, last = 0;
  if (!take_number(text, first)) return false;
  last = first;
  if (text.starts_with('-')) {
    text.remove_prefix(1);
    if (!take_number(text, last) || last < first) return false;
  }
  if (!text.empty() || last - first >= kLongestList) return false;
  for (std::uint32_t n = first; n <= last; ++n) list.push_back(n);
  return true;
}

}  // namespace

Result<std::vector<std::uint32_t>> parse_number_list(const std::string& text, const char* what) {
  std::vector<std::uint32_t> list;
  for (std::size_t at = 0; at <= text.size();) {
    const auto comma = std::min(text.find(',', at), text.size());
    if (!append_range(std::string_view(text).substr(at, comma - at), list) || list.size() > kLongestList)
      return error(Exit::kUsage, fmt::format("'{}' is no {} and no list of them", text, what),
                   "write it like 3, 0-3 or 0,2-5");
    at = comma + 1;
  }
  auto sorted = list;
  std::sort(sorted.begin(), sorted.end());
  const auto twice = std::adjacent_find(sorted.begin(), sorted.end());
  if (twice != sorted.end())
    return error(Exit::kUsage, fmt::format("'{}' names {} {} twice", text, what, *twice));
  return list;
}

std::string to_string(const std::vector<std::uint32_t>& list) {
  std::string text;
  for (std::size_t i = 0; i < list.size();) {
    std::size_t end = i + 1;
    while (end < list.size() && list[end] == list[end - 1] + 1) ++end;
    text += fmt::format("{}{}", text.empty() ? "" : ",", list[i]);
    if (end - i > 1) text += fmt::format("-{}", list[end - 1]);
    i = end;
  }
  return text;
}

}  // namespace hopcost::pktgen
