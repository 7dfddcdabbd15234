// Headers of all kinds put in front of bytes, written apart from wire/ so that both can be wrong; tshark
// judges them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "tests/wire/oracle.h"

namespace hopcost::encapsulate {

using Bytes = std::vector<std::byte>;

/// "08 00 45" as bytes; blanks are skipped.
inline Bytes hex(std::string text) {
  std::erase(text, ' ');
  Bytes bytes;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2)
    bytes.push_back(static_cast<std::byte>(std::stoi(text.substr(i, 2), nullptr, 16)));
  return bytes;
}

inline Bytes operator+(Bytes a, const Bytes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

inline void put16(Bytes& b, std::size_t at, std::size_t value) {
  b[at] = static_cast<std::byte>(value >> 8);
  b[at + 1] = static_cast<std::byte>(value);
}

inline Bytes ethernet(int type, const Bytes& payload) {
  Bytes b = hex("02 00 00 00 00 02  02 00 00 00 00 01  00 00");
  put16(b, 12, static_cast<std::size_t>(type));
  return b + payload;
}

/// The tag behind its type: what it holds and the type that follows.
inline Bytes tag(int id, int type, const Bytes& payload) {
  Bytes b(4);
  put16(b, 0, static_cast<std::size_t>(id));
  put16(b, 2, static_cast<std::size_t>(type));
  return b + payload;
}

inline Bytes mpls(int label, bool bottom, const Bytes& payload) {
  Bytes b(4);
  put16(b, 0, static_cast<std::size_t>(label) >> 4);
  b[2] = static_cast<std::byte>((label & 15) << 4 | (bottom ? 1 : 0));
  b[3] = std::byte{64};
  return b + payload;
}

inline Bytes ipv4(int protocol, const Bytes& payload, const char* addresses = "c6120001 c6120002") {
  Bytes b = hex("45 00 0000 0000 4000 40 00 0000") + hex(addresses);
  put16(b, 2, 20 + payload.size());
  b[9] = static_cast<std::byte>(protocol);
  put16(b, 10, oracle::checksum(b));
  return b + payload;
}

inline constexpr const char* kV6Addresses =
    "20010002000000000000000000000001 20010002000000000000000000000002";

inline Bytes ipv6(int next, const Bytes& payload) {
  Bytes b = hex("60000000 0000 00 40") + hex(kV6Addresses);
  put16(b, 4, payload.size());
  b[6] = static_cast<std::byte>(next);
  return b + payload;
}

/// The checksum at `at` over a pseudo header and all of `b` (RFC 768, RFC 8200 section 8.1).
inline Bytes summed(Bytes b, std::size_t at, int protocol, const char* addresses) {
  Bytes pseudo = hex(addresses) + Bytes(4);
  put16(pseudo, pseudo.size() - 4, b.size());
  put16(pseudo, pseudo.size() - 2, static_cast<std::size_t>(protocol));
  put16(b, at, oracle::checksum(pseudo + b));
  return b;
}

inline Bytes udp(int to, const Bytes& payload, const char* addresses = "c6120001 c6120002",
                 int from = 50000) {
  Bytes b(8);
  put16(b, 0, static_cast<std::size_t>(from));
  put16(b, 2, static_cast<std::size_t>(to));
  put16(b, 4, 8 + payload.size());
  return summed(b + payload, 6, 17, addresses);
}

inline Bytes tcp(const Bytes& payload, const char* addresses = "c6120001 c6120002") {
  return summed(hex("c350 c351 00000001 00000001 50 18 ffff 0000 0000") + payload, 16, 6, addresses);
}

inline Bytes icmp(int type, const Bytes& payload) {
  Bytes b = hex("00 00 0000 0001 0001") + payload;
  b[0] = static_cast<std::byte>(type);
  put16(b, 2, oracle::checksum(b));
  return b;
}

inline Bytes icmpv6(int type, const Bytes& payload) {
  Bytes b = hex("00 00 0000 0001 0001") + payload;
  b[0] = static_cast<std::byte>(type);
  return summed(b, 2, 58, kV6Addresses);
}

/// RFC 2784 and 2890: key, checksum and sequence number.
inline Bytes gre(int type, const Bytes& payload) {
  Bytes b(4);
  put16(b, 2, static_cast<std::size_t>(type));
  return b + payload;
}
inline Bytes gre_full(int type, const Bytes& payload) {
  Bytes b = hex("b000 0000  0000 0000  0000002a  00000007");
  put16(b, 2, static_cast<std::size_t>(type));
  b = b + payload;
  put16(b, 4, oracle::checksum(b));
  return b;
}

inline Bytes vxlan(const Bytes& frame) {
  return hex("08000000 00002a00") + frame;
}  // RFC 7348
/// RFC 8926, with one option of four bytes.
inline Bytes geneve(const Bytes& frame) {
  return hex("02 00 6558 00002a 00  0102 80 01 00000000") + frame;
}

}  // namespace hopcost::encapsulate
