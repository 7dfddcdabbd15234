// What each header looks like, as tables: the encoder, the dissector and the profile reader share them.
// Read-only; safe from any thread. Includes only base/ and wire/.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace hopcost {

enum class LayerKind : std::uint8_t {
  kEthernet,  ///< Ethernet II, IEEE 802.3 clause 3.2
  kVlan,      ///< IEEE 802.1Q tag, type 0x8100
  kQinq,      ///< IEEE 802.1ad service tag, type 0x88a8
  kMpls,      ///< RFC 3032 label stack entry
  kArp,       ///< RFC 826, Ethernet and IPv4
  kIpv4,      ///< RFC 791, no options
  kIpv6,      ///< RFC 8200, no extension headers
  kUdp,       ///< RFC 768
  kTcp,       ///< RFC 9293, no options
  kIcmp,      ///< RFC 792, echo
  kIcmpv6,    ///< RFC 4443, echo
  kGre,       ///< RFC 2784, no checksum
  kGreKey,    ///< RFC 2890, with a key and no checksum
  kVxlan,     ///< RFC 7348
};
inline constexpr std::size_t kLayerKinds = 14;

/// How people write a field.
enum class FieldText : std::uint8_t { kNumber, kHex, kMac, kIp4, kIp6, kTcpFlags };

/// Who fills a field in that nobody has set.
enum class FieldRole : std::uint8_t {
  kPlain,     ///< Its default.
  kNext,      ///< The number of the layer above.
  kLength,    ///< The length of what it covers, in bytes.
  kChecksum,  ///< The Internet checksum; never set by value.
  kBottom,    ///< 1 when no MPLS entry follows.
  kPort,      ///< The port of the layer above when that has one (VXLAN: 4789), else its default.
};

struct FieldFormat {
  std::string_view name;
  std::uint16_t bit;   ///< From the layer's first byte, the most significant bit of it being 0.
  std::uint16_t bits;  ///< 1..128
  FieldText text = FieldText::kNumber;
  FieldRole role = FieldRole::kPlain;
  std::uint64_t otherwise = 0;       ///< Default, its low 64 bits.
  std::uint64_t otherwise_high = 0;  ///< And its high ones, for fields above 64 bits.
};

struct LayerFormat {
  LayerKind kind;
  std::string_view name;
  std::uint16_t bytes;
  std::span<const FieldFormat> fields;
};

/// A header's place in a frame.
struct PlacedLayer {
  LayerKind kind = LayerKind::kEthernet;
  std::size_t at = 0;  ///< Of its first byte.
};

[[nodiscard]] const LayerFormat& format_of(LayerKind kind) noexcept;
/// By the name people write ("eth", "ipv4", ...); null when there is none.
[[nodiscard]] const LayerFormat* find_layer(std::string_view name) noexcept;
/// Index of a field in its layer's table.
[[nodiscard]] std::optional<std::size_t> find_field(const LayerFormat& layer, std::string_view name) noexcept;

/// Whether `upper` may stand right above `lower`.
[[nodiscard]] bool may_follow(LayerKind lower, LayerKind upper) noexcept;
/// What `lower` calls `upper` in its kNext field: an Ethernet type or an IP protocol number.
[[nodiscard]] std::uint16_t number_of(LayerKind lower, LayerKind upper) noexcept;
/// What stands above `lower` when its kNext field has this value; nothing when unknown.
[[nodiscard]] std::optional<LayerKind> layer_above(LayerKind lower, std::uint16_t number) noexcept;

inline constexpr std::uint16_t kVxlanPort = 4789;

}  // namespace hopcost
