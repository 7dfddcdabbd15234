// The numbers of the pcapng format, for its reader and writer (draft-ietf-opsawg-pcapng). Header only.
#pragma once

#include <cstddef>
#include <cstdint>

namespace hopcost::pcapng {

// Block types.
inline constexpr std::uint32_t kSection = 0x0a0d0d0a, kInterface = 1, kOldPacket = 2, kSimplePacket = 3,
                               kStatistics = 5, kEnhancedPacket = 6;
inline constexpr std::uint32_t kByteOrderMagic = 0x1a2b3c4d;
inline constexpr std::size_t kBlockFrame = 12;  // type, length, and the length again at the end
inline constexpr std::uint16_t kEthernet = 1;   // link type

// Options: of any block, of a section, of an interface, of a packet, of an interface's statistics.
inline constexpr std::uint16_t kOptionEnd = 0, kOptionComment = 1;
inline constexpr std::uint16_t kOptionApplication = 4;
inline constexpr std::uint16_t kOptionName = 2, kOptionResolution = 9, kOptionFcsBits = 13,
                               kOptionOffset = 14;
inline constexpr std::uint16_t kOptionFlags = 2;
inline constexpr std::uint16_t kOptionReceived = 4, kOptionDropped = 5, kOptionDelivered = 8;
inline constexpr std::uint8_t kNanoseconds = 9;  // kOptionResolution: 10^-9 s

}  // namespace hopcost::pcapng
