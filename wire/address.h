// MAC and IP addresses as values, read from and written as text. Includes only base/. Safe from any thread.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string>

#include "base/result.h"

namespace hopcost {

/// Six bytes in the order of the wire.
struct MacAddress {
  std::array<std::byte, 6> bytes{};
  [[nodiscard]] bool is_zero() const noexcept { return *this == MacAddress{}; }
  friend bool operator==(const MacAddress&, const MacAddress&) = default;
};

/// An IPv4 or IPv6 address, in network order.
struct IpAddress {
  std::array<std::byte, 16> storage{};
  bool v6 = false;
  [[nodiscard]] std::span<const std::byte> bytes() const noexcept {
    return std::span(storage).first(v6 ? std::size_t{16} : std::size_t{4});
  }
  friend bool operator==(const IpAddress&, const IpAddress&) = default;
};

/// "02:00:00:00:00:01" (or with '-'), upper or lower case, two digits a byte. Errors: kUsage.
[[nodiscard]] Result<MacAddress> parse_mac(const std::string& text);
/// "02:00:00:00:00:01".
[[nodiscard]] std::string to_string(const MacAddress& mac);

/// "198.18.0.1" or "2001:2::1", as inet_pton(3) reads them. Errors: kUsage.
[[nodiscard]] Result<IpAddress> parse_ip(const std::string& text);
/// As inet_ntop(3) writes it.
[[nodiscard]] std::string to_string(const IpAddress& ip);

}  // namespace hopcost
