#include "nsglue/topology/names.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace hopcost::nsglue {

bool is_word(const std::string& text, std::size_t most, std::string_view more) {
  const auto plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  if (text.empty() || text.size() > most || !plain(text[0])) return false;
  return std::all_of(text.begin(), text.end(),
                     [&](char c) { return plain(c) || more.find(c) != std::string_view::npos; });
}

Result<void> validate_instance(const std::string& instance) {
  constexpr std::size_t kMost = 40;
  std::string lower = instance;
  std::ranges::transform(lower, lower.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
  if (is_word(lower, kMost, ".-_") && !instance.ends_with(".toml")) return {};
  return error(
      Exit::kUsage,
      fmt::format("instance name '{}' is not 1 to {} letters, digits, '.', '-' and '_'", instance, kMost),
      "it begins with a letter or digit and does not end in .toml");
}

std::string topology_name(const std::string& text) {
  constexpr std::size_t kLongest = 24;
  std::string name;
  for (const char c : text) {
    const auto letter = static_cast<unsigned char>(c);
    name += std::isalnum(letter) != 0 || c == '_' ? static_cast<char>(std::tolower(letter)) : '-';
  }
  name.resize(std::min(name.size(), kLongest));
  name.erase(0, name.find_first_not_of("-_"));
  return name.empty() ? "container" : name;
}

std::string namespace_name(const std::string& instance, const std::string& node) {
  return fmt::format("hc-{}-{}", instance, node);
}

std::string instance_of(const std::string& netns) {
  const std::size_t dash = netns.rfind('-');  // node names have no dash
  return netns.starts_with("hc-") && dash > 3 ? netns.substr(3, dash - 3) : "";
}

}  // namespace hopcost::nsglue
