#include "nsglue/kinds/kind.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <charconv>

#include "nsglue/kinds/kind_list.h"

namespace hopcost::nsglue {
namespace {

std::string ipv4_text(std::uint32_t value) {
  const in_addr address{.s_addr = htonl(value)};
  char text[INET_ADDRSTRLEN];
  return inet_ntop(AF_INET, &address, text, sizeof text);
}

std::optional<std::uint32_t> ipv4_value(std::string_view text) {
  in_addr address{};
  if (inet_pton(AF_INET, std::string(text).c_str(), &address) != 1) return std::nullopt;
  return ntohl(address.s_addr);
}

}  // namespace

std::span<const LinkKind* const> all_kinds() {
  static constexpr const LinkKind* kAll[] = {HOPCOST_KIND_POINTERS};
  return kAll;
}

const LinkKind* find_kind(std::string_view name) {
  for (const LinkKind* kind : all_kinds()) {
    if (kind->name == name) return kind;
  }
  return nullptr;
}

bool is_by_program(std::string_view name) {
  const LinkKind* kind = find_kind(name);
  return kind != nullptr && kind->by_program;
}

bool is_program_switch(std::string_view name) {
  return is_by_program(name) && find_kind(name)->has_ports;
}

bool is_switch(std::string_view name) {
  return name == "bridge" || is_program_switch(name);
}

bool is_in_machine(std::string_view name) {
  return is_by_program(name) && !find_kind(name)->has_ports;
}

std::string kind_names() {
  std::vector<std::string_view> names;
  for (const LinkKind* kind : all_kinds()) names.push_back(kind->name);
  return fmt::format("{}", fmt::join(names, ", "));
}

std::string field_text(const InfoField& field, std::uint32_t value) {
  for (const Word& word : field.words) {
    if (word.value == value) return word.text;
  }
  return field.width == InfoField::Width::kIpv4 ? ipv4_text(value) : std::to_string(value);
}

std::optional<std::uint32_t> field_value(const InfoField& field, std::string_view text) {
  for (const Word& word : field.words) {
    if (word.text == text) return word.value;
  }
  if (field.width == InfoField::Width::kIpv4) return ipv4_value(text);
  std::uint32_t value = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (!field.words.empty() || fault != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::map<std::string, std::string> default_fields(std::span<const InfoField> fields) {
  std::map<std::string, std::string> values;
  for (const InfoField& f : fields) {
    if (!f.required) values[f.key] = field_text(f, f.ours);
  }
  return values;
}

}  // namespace hopcost::nsglue
