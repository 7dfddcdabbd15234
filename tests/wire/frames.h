// Frame specifications and bytes that several tests use.
#pragma once

#include <vector>

#include "wire/frame_template.h"

namespace hopcost {

inline FrameSpec spec_v4(std::uint32_t size = 64) {
  return {.size = size,
          .src_mac = *parse_mac("02:00:00:00:00:01"),
          .dst_mac = *parse_mac("02:00:00:00:00:02"),
          .src_ip = *parse_ip("198.18.0.1"),
          .dst_ip = *parse_ip("198.18.0.2"),
          .src_port = 9,
          .dst_port = 7,
          .flow = 0x1234};
}

inline FrameSpec spec_v6(std::uint32_t size = 84) {
  FrameSpec s = spec_v4(size);
  s.src_ip = *parse_ip("2001:2::1");
  s.dst_ip = *parse_ip("2001:2::2");
  return s;
}

/// A copy of the template's frame, numbered.
inline std::vector<std::byte> stamped(const FrameTemplate& t, std::uint64_t sequence, std::uint64_t tx_ns) {
  std::vector<std::byte> f(t.bytes().begin(), t.bytes().end());
  t.stamp(f.data(), sequence, tx_ns);
  return f;
}

}  // namespace hopcost
