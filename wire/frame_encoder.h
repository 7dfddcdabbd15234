// Builds whole frames from a stack of layers and fills in lengths, types and checksums. Set-up code,
// allocates. Safe from any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/result.h"
#include "wire/checksum.h"
#include "wire/field.h"
#include "wire/layer_format.h"
#include "wire/probe.h"

namespace hopcost {

/// What to write into a checksum field.
enum class ChecksumMode : std::uint8_t {
  kUsual,  ///< Right, but no checksum on UDP that carries VXLAN (RFC 7348 section 5).
  kRight,
  kWrong,  ///< One bit differs, so that every verifier notices, whatever the checksum is.
  kNone,   ///< 0, which for UDP means no checksum.
};

/// A field that is set by value.
struct FieldSetting {
  std::size_t field = 0;  ///< Index in the layer's format.
  FieldBits value;
};

/// One header. Fields that are not set get their value from their role or default.
struct Layer {
  LayerKind kind = LayerKind::kEthernet;
  std::vector<FieldSetting> fields;
  ChecksumMode checksum = ChecksumMode::kUsual;
  std::optional<std::vector<std::byte>> data = {};  ///< Bytes after the fields, for kinds that have data.
};
/// Most data of an extension header (its 8-bit length counts units of 8 bytes); options have far less room.
inline constexpr std::size_t kMostLayerData = 2040;

/// The parts of a frame; encode_frame() checks them.
struct FrameStack {
  std::vector<Layer> layers;  ///< Outermost first; the first is Ethernet.
  bool payload = true;  ///< True: the rest of the frame is payload; false: it is padding after the headers.
  std::byte fill{0};    ///< Value of payload bytes.
  std::optional<Probe> probe;  ///< Written at the payload's end, if there is room.
};

/// Where a checksum is and what it covers.
struct ChecksumPlace {
  std::size_t layer = 0;
  std::uint16_t at = 0;                      ///< Offset of the 16-bit field in the frame.
  std::uint16_t begin = 0, end = 0;          ///< Bytes covered; `begin` is even.
  std::uint16_t addresses_at = 0;            ///< Offset in the frame of the pseudo header's addresses.
  std::uint16_t addresses_bytes = 0;         ///< 0: no pseudo header.
  std::uint64_t pseudo_sum = 0;              ///< Native-order sum of the pseudo header's length and protocol.
  bool zero_is_none = false;                 ///< UDP: 0xffff stands for 0.
  ChecksumMode mode = ChecksumMode::kRight;  ///< kRight or kWrong.
};

/// A frame, and where its parts are; offsets are from the frame's first byte.
struct EncodedFrame {
  std::vector<std::byte> bytes;          ///< Without FCS.
  std::vector<PlacedLayer> layers;       ///< Outermost first.
  std::vector<ChecksumPlace> checksums;  ///< Innermost first: a checksum may cover those before it.
  std::uint16_t payload_at = 0;
  std::uint16_t payload_bytes = 0;
  std::optional<std::uint16_t> probe_at;
};

/// `size` is with FCS (64 and above, RFC 2544). Errors: kUsage when the layers do not stack (naming them) or
/// the size is too small for the headers or above 65535.
[[nodiscard]] Result<EncodedFrame> encode_frame(const FrameStack& stack, std::uint32_t size);

/// Bytes of all headers.
[[nodiscard]] std::size_t header_bytes(const FrameStack& stack);

/// Checks the options of the topmost header. Errors: kUsage when they are more than it can hold.
[[nodiscard]] Result<void> check_options(std::span<const Layer> layers);

/// Where the checksum of layers[index] is and what it covers; nothing when its kind has none. `end` is where
/// the datagram ends. The mode is kRight.
[[nodiscard]] std::optional<ChecksumPlace> checksum_place(std::span<const PlacedLayer> layers,
                                                          std::size_t index, std::size_t end) noexcept;

/// Native-order sum of all that the checksum covers in `frame`, its own field taken as 0.
[[nodiscard]] std::uint64_t covered_sum(const ChecksumPlace& c, std::span<const std::byte> frame) noexcept;
/// The field's value for such a sum, native order.
[[nodiscard]] inline std::uint16_t field_for(const ChecksumPlace& c, std::uint64_t sum) noexcept {
  const std::uint16_t right = c.zero_is_none ? udp_checksum_of(sum) : checksum_of(sum);
  if (c.mode != ChecksumMode::kWrong) return right;
  // Flipping one bit always gives another sum; flipping all could not be told apart (0 and 0xffff). For UDP a
  // 0 would mean no checksum, so then another bit is flipped.
  constexpr std::uint16_t kBit = 0x0100, kOtherBit = 0x0200;
  const auto wrong = static_cast<std::uint16_t>(right ^ kBit);
  return wrong == 0 && c.zero_is_none ? static_cast<std::uint16_t>(right ^ kOtherBit) : wrong;
}

}  // namespace hopcost
