#include "nsglue/topology/names.h"

#include <fmt/format.h>

#include <algorithm>

namespace hopcost::nsglue {

bool is_word(const std::string& text, std::size_t most, std::string_view more) {
  const auto plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  if (text.empty() || text.size() > most || !plain(text[0])) return false;
  return std::all_of(text.begin(), text.end(),
                     [&](char c) { return plain(c) || more.find(c) != std::string_view::npos; });
}

Result<void> validate_instance(const std::string& instance) {
  if (is_word(instance, 32, "-_")) return {};
  return error(
      Exit::kUsage,
      fmt::format("instance name '{}' is not 1 to 32 lower-case letters, digits, '-' and '_'", instance));
}

std::string namespace_name(const std::string& instance, const std::string& node) {
  return fmt::format("hc-{}-{}", instance, node);
}

}  // namespace hopcost::nsglue
