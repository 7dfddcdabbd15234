#include "wire/address.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <charconv>

namespace hopcost {

Result<MacAddress> parse_mac(const std::string& text) {
  const auto bad = [&] {
    return error(Exit::kUsage, fmt::format("'{}' is not a MAC address", text),
                 "six bytes of two hex digits, like 02:00:00:00:00:01");
  };
  constexpr std::size_t kTextBytes = 17;
  if (text.size() != kTextBytes) return bad();
  MacAddress mac;
  for (std::size_t i = 0; i < mac.bytes.size(); ++i) {
    const char* at = text.data() + 3 * i;
    unsigned value = 0;
    if (std::from_chars(at, at + 2, value, 16).ptr != at + 2) return bad();
    if (i + 1 < mac.bytes.size() && at[2] != ':' && at[2] != '-') return bad();
    mac.bytes[i] = static_cast<std::byte>(value);
  }
  return mac;
}

std::string to_string(const MacAddress& mac) {
  const auto b = [&](std::size_t i) { return static_cast<unsigned>(mac.bytes[i]); };
  return fmt::format("{:02x}:{:02x}:{:02x}:{:02x}:{:02x}:{:02x}", b(0), b(1), b(2), b(3), b(4), b(5));
}

Result<IpAddress> parse_ip(const std::string& text) {
  IpAddress ip;
  if (inet_pton(AF_INET, text.c_str(), ip.storage.data()) == 1) return ip;
  ip.v6 = true;
  if (inet_pton(AF_INET6, text.c_str(), ip.storage.data()) == 1) return ip;
  return error(Exit::kUsage, fmt::format("'{}' is neither an IPv4 nor an IPv6 address", text),
               "like 198.18.0.1 or 2001:2::1");
}

std::string to_string(const IpAddress& ip) {
  char text[INET6_ADDRSTRLEN] = {};
  inet_ntop(ip.v6 ? AF_INET6 : AF_INET, ip.storage.data(), text, sizeof text);
  return text;
}

}  // namespace hopcost
