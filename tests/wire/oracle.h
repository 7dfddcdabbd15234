// An Internet checksum written another way than the one under test: big-endian, 16 bits at a time, after RFC
// 1071 section 4.1, and a verifier of whole frames on top of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace hopcost::oracle {

inline std::uint32_t add_words(std::span<const std::byte> bytes, std::uint32_t sum = 0) {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    sum += static_cast<std::uint32_t>(bytes[i]) << (i % 2 == 0 ? 8 : 0);
    sum = (sum & 0xffff) + (sum >> 16);
  }
  return sum;
}

/// The checksum as a number.
inline std::uint16_t checksum(std::span<const std::byte> bytes) {
  return static_cast<std::uint16_t>(~add_words(bytes));
}

/// A frame of Ethernet, IPv4 without options or IPv6, UDP: true when every checksum sums to 0xffff and UDP's
/// is not 0.
inline bool frame_is_right(std::span<const std::byte> f) {
  const bool v6 = f[12] == std::byte{0x86};
  const std::size_t ip = 14, udp = ip + (v6 ? 40 : 20);
  if (!v6 && add_words(f.subspan(ip, 20)) != 0xffff) return false;
  const auto addresses = v6 ? f.subspan(ip + 8, 32) : f.subspan(ip + 12, 8);
  const auto datagram = f.subspan(udp);
  std::uint32_t sum = add_words(addresses);
  sum += static_cast<std::uint32_t>(datagram.size()) + 17;
  sum = add_words(datagram, (sum & 0xffff) + (sum >> 16));
  return sum == 0xffff && (datagram[6] != std::byte{0} || datagram[7] != std::byte{0});
}

}  // namespace hopcost::oracle
