// Ethernet and IP addresses between text and bytes. Pure functions; includes nothing of ours.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hopcost::nsglue {

/// Six bytes as they go over the wire.
using Mac = std::array<std::uint8_t, 6>;

/// "02:68:63:00:00:01". Nothing when it is not that.
[[nodiscard]] std::optional<Mac> parse_mac(std::string_view text);
/// "02:68:63:00:00:01".
[[nodiscard]] std::string mac_text(const std::uint8_t* six_bytes);

/// An address with its prefix length.
struct Prefix {
  int family = 0;                        ///< AF_INET or AF_INET6.
  std::array<std::uint8_t, 16> bytes{};  ///< network order; the first 4 for AF_INET.
  unsigned length = 0;                   ///< bits, 0 to 32 or 128.

  [[nodiscard]] unsigned size() const noexcept;  ///< bytes of the address: 4 or 16.
  friend bool operator==(const Prefix&, const Prefix&) = default;
};

/// "198.18.0.1/24", "2001:2::1/64"; without a length, the whole address. Nothing when it is neither.
[[nodiscard]] std::optional<Prefix> parse_prefix(std::string_view text);
/// The address alone; nothing when a length follows.
[[nodiscard]] std::optional<Prefix> parse_address(std::string_view text);
/// Whether `address` is of the family and within the subnet of `own`.
[[nodiscard]] bool same_subnet(const Prefix& own, const Prefix& address);
/// As inet_ntop(3) writes it; `bytes` are 4 or 16, by the family.
[[nodiscard]] std::string address_text(int family, const void* bytes);
/// "198.18.0.1/24".
[[nodiscard]] std::string prefix_text(const Prefix& prefix);

}  // namespace hopcost::nsglue
