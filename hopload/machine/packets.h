// Packets that passed the devices of a namespace. Any thread. Includes base.
#pragma once

#include <cstdint>
#include <string>

namespace hopcost::hopload {

/// Both directions, all devices but lo.
struct Packets {
  std::uint64_t packets = 0, bytes = 0;
};

/// Of a namespace; zeros when it is gone.
[[nodiscard]] Packets packets_of(const std::string& netns);

}  // namespace hopcost::hopload
