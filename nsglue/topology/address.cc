#include "nsglue/topology/address.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <charconv>

namespace hopcost::nsglue {

std::optional<Mac> parse_mac(std::string_view text) {
  if (text.size() != 17) return std::nullopt;
  Mac mac{};
  for (std::size_t i = 0; i < mac.size(); ++i) {
    const std::string_view pair = text.substr(3 * i, 2);
    const auto [end, fault] = std::from_chars(pair.data(), pair.data() + 2, mac[i], 16);
    if (fault != std::errc() || end != pair.data() + 2) return std::nullopt;
    if (i + 1 < mac.size() && text[3 * i + 2] != ':') return std::nullopt;
  }
  return mac;
}

std::string mac_text(const std::uint8_t* b) {
  return fmt::format("{:02x}:{:02x}:{:02x}:{:02x}:{:02x}:{:02x}", b[0], b[1], b[2], b[3], b[4], b[5]);
}

unsigned Prefix::size() const noexcept {
  return family == AF_INET ? 4 : 16;
}

std::optional<Prefix> parse_address(std::string_view text) {
  const std::string terminated(text);
  Prefix p;
  for (const int family : {AF_INET, AF_INET6}) {
    if (inet_pton(family, terminated.c_str(), p.bytes.data()) != 1) continue;
    p.family = family;
    p.length = 8 * p.size();
    return p;
  }
  return std::nullopt;
}

std::optional<Prefix> parse_prefix(std::string_view text) {
  const std::size_t slash = text.find('/');
  auto p = parse_address(text.substr(0, slash));
  if (!p || slash == std::string_view::npos) return p;
  const char* first = text.data() + slash + 1;
  const char* last = text.data() + text.size();
  const unsigned most = p->length;
  const auto [end, fault] = std::from_chars(first, last, p->length);
  if (fault != std::errc() || end != last || p->length > most) return std::nullopt;
  return p;
}

bool same_subnet(const Prefix& own, const Prefix& address) {
  if (own.family != address.family) return false;
  for (unsigned bit = 0; bit < own.length; ++bit) {
    const unsigned mask = 0x80u >> bit % 8;
    if (((own.bytes[bit / 8] ^ address.bytes[bit / 8]) & mask) != 0) return false;
  }
  return true;
}

std::string address_text(int family, const void* bytes) {
  char text[INET6_ADDRSTRLEN] = {};
  inet_ntop(family, bytes, text, sizeof text);
  return text;
}

std::string prefix_text(const Prefix& p) {
  return fmt::format("{}/{}", address_text(p.family, p.bytes.data()), p.length);
}

}  // namespace hopcost::nsglue
