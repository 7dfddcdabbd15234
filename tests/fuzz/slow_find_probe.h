// find_probe() once more, slow and obvious: written from doc/probe-format.md alone, one byte at a time, every
// read checked.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace hopcost::fuzz {

using Frame = std::vector<std::uint8_t>;

/// Big-endian number of n bytes; nothing when it is not all there.
inline std::optional<std::uint64_t> number(const Frame& f, std::size_t at, std::size_t n) {
  std::uint64_t value = 0;
  for (std::size_t i = at; i < at + n; ++i) {
    if (i >= f.size()) return std::nullopt;
    value = value * 256 + f[i];
  }
  return value;
}

/// Where an IP packet may begin: step 1's first sentence.
struct Packet {
  std::size_t at = 0;
  int version = 0;  // 4, 6, or 0: there is none
};

inline Packet ip_packet(const Frame& f) {
  std::size_t at = 12;
  auto type = number(f, at, 2);
  for (int tags = 0; tags < 4 && (type == 0x8100u || type == 0x88a8u || type == 0x9100u); ++tags)
    type = number(f, at += 4, 2);
  at += 2;
  if (type == 0x0800u) return {at, 4};
  if (type == 0x86ddu) return {at, 6};
  if (type != 0x8847u && type != 0x8848u) return {};
  for (int labels = 1; labels <= 8; ++labels, at += 4) {
    const auto label = number(f, at, 4);
    if (!label) return {};
    if (*label / 256 % 2 == 0) continue;
    const auto first = number(f, at + 4, 1);
    return {at + 4, first && *first / 16 == 4 ? 4 : first && *first / 16 == 6 ? 6 : 0};
  }
  return {};
}

/// What ends with a probe ends here; nothing when no probe can be there (steps 2 and 3).
inline std::optional<std::size_t> packet_end(const Frame& f) {
  const Packet p = ip_packet(f);
  const std::size_t header = p.version == 4 ? 20 : 40;
  const auto first = number(f, p.at, 1);
  if (p.version == 0 || p.at + header > f.size() || *first / 16 != static_cast<unsigned>(p.version))
    return f.size();
  if (p.version == 4) {
    const auto length = *number(f, p.at + 2, 2), words = *first % 16, fragment = *number(f, p.at + 6, 2);
    if (length == 0) return f.size();
    if (words < 5 || length < words * 4 + 18 || p.at + length > f.size() || fragment / 0x2000 % 2 == 1)
      return {};
    const auto kind = *number(f, p.at + words * 4, 1);
    if (f[p.at + 9] == 1 && fragment % 0x2000 == 0 && kind != 0 && kind != 8) return {};
    return p.at + length;
  }
  const auto length = *number(f, p.at + 4, 2);
  if (length == 0) return f.size();
  if (length < 18 || p.at + 40 + length > f.size()) return {};
  if (f[p.at + 6] == 44 && f[p.at + 43] % 2 == 1) return {};
  if (f[p.at + 6] == 58 && f[p.at + 40] < 128) return {};
  return p.at + 40 + length;
}

struct SlowProbe {
  std::size_t offset = 0;
  std::uint64_t flow = 0, sequence = 0, tx_ns = 0, residence_ns = 0;
};

inline std::optional<SlowProbe> slow_find_probe(const Frame& f) {
  const auto end = packet_end(f);
  if (!end || *end < 18) return std::nullopt;
  const std::size_t at = *end - 18;
  SlowProbe p{at, *number(f, at + 2, 2), *number(f, at + 4, 6), *number(f, at + 10, 8)};
  if (p.tx_ns >= 4'611'686'018'427'387'904u) return std::nullopt;
  if (number(f, at, 2) == 0x4c72u) {
    p.residence_ns = p.tx_ns / 34'359'738'368u;
    p.tx_ns %= 34'359'738'368u;
    return p;
  }
  if (number(f, at, 2) != 0x4c71u) return std::nullopt;
  return p;
}

}  // namespace hopcost::fuzz
