// The format of each header, as tables that the encoder, the dissector and the profile reader share.
// Read-only; safe from any thread. Includes only base/ and wire/.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace hopcost {

/// Every header and option that has a table.
enum class LayerKind : std::uint8_t {
  kEthernet,  ///< Ethernet II, IEEE 802.3 clause 3.2
  kVlan,      ///< IEEE 802.1Q tag, type 0x8100
  kQinq,      ///< IEEE 802.1ad service tag, type 0x88a8
  kMpls,      ///< RFC 3032 label stack entry
  kArp,       ///< RFC 826, Ethernet and IPv4
  kIpv4,      ///< RFC 791; its options are layers of their own
  kIpv6,      ///< RFC 8200; its extension headers are layers of their own
  kUdp,       ///< RFC 768
  kTcp,       ///< RFC 9293; its options are layers of their own
  kIcmp,      ///< RFC 792, echo
  kIcmpv6,    ///< RFC 4443, echo
  kGre,       ///< RFC 2784, no checksum
  kGreKey,    ///< RFC 2890, with a key and no checksum
  kVxlan,     ///< RFC 7348

  // Options of TCP (RFC 9293 section 3.2, RFC 7323, RFC 2018).
  kTcpEol,
  kTcpNop,
  kTcpMss,
  kTcpWindowScale,
  kTcpSackPermitted,
  kTcpTimestamps,
  kTcpOption,  ///< Any other.
  // Options of IPv4 (RFC 791 section 3.1, RFC 2113).
  kIpv4Eol,
  kIpv4Nop,
  kIpv4RecordRoute,
  kIpv4Timestamp,
  kIpv4RouterAlert,
  kIpv4Option,  ///< Any other.
  // Extension headers of IPv6 (RFC 8200 section 4).
  kIpv6HopByHop,
  kIpv6Routing,
  kIpv6Fragment,
  kIpv6DestOptions,
};
inline constexpr std::size_t kLayerKinds = 31;

/// How people write a field.
enum class FieldText : std::uint8_t { kNumber, kHex, kMac, kIp4, kIp6, kTcpFlags };

/// How a field that is not set gets its value.
enum class FieldRole : std::uint8_t {
  kPlain,        ///< Its default.
  kNext,         ///< The type or protocol number of the layer above.
  kLength,       ///< The length of what it covers, in bytes.
  kChecksum,     ///< The Internet checksum; never set by value.
  kBottom,       ///< 1 when no MPLS entry follows.
  kPort,         ///< The port of the layer above, if that has one (VXLAN: 4789), else the default.
  kHeaderWords,  ///< Length of the header with its options, in units of 4 bytes.
  kOwnBytes,     ///< The layer's own length, in bytes.
  kOwnEights,    ///< The layer's own length without its first 8 bytes, in units of 8.
};

/// One field of a header.
struct FieldFormat {
  std::string_view name;
  std::uint16_t bit;   ///< Offset in the layer; bit 0 is the first byte's most significant bit.
  std::uint16_t bits;  ///< 1..128
  FieldText text = FieldText::kNumber;
  FieldRole role = FieldRole::kPlain;
  std::uint64_t otherwise = 0;       ///< Default, its low 64 bits.
  std::uint64_t otherwise_high = 0;  ///< Its high bits, for fields above 64 bits.
};

struct LayerFormat {
  LayerKind kind;
  std::string_view name;
  std::uint16_t bytes;  ///< Length of its fields; data follows them if `has_data`.
  std::span<const FieldFormat> fields;
  bool has_data = false;
  std::string_view data = {};  ///< The default data.
};

/// Most bytes all options of one header take (4 bits of header length, less the 20 bytes of the header).
inline constexpr std::size_t kMostOptionBytes = 40;

/// A header's place in a frame.
struct PlacedLayer {
  LayerKind kind = LayerKind::kEthernet;
  std::size_t at = 0;     ///< Offset of its first byte in the frame.
  std::size_t bytes = 0;  ///< Includes its data and options; options have their own PlacedLayers as well.
};

/// The table of a kind; valid as long as the program runs.
[[nodiscard]] const LayerFormat& format_of(LayerKind kind) noexcept;
/// Finds a table by the name that people write ("eth", "ipv4", ...); null when there is none.
[[nodiscard]] const LayerFormat* find_layer(std::string_view name) noexcept;
/// Index of a field in its layer's table; nothing when there is no such field.
[[nodiscard]] std::optional<std::size_t> find_field(const LayerFormat& layer, std::string_view name) noexcept;

/// Whether `upper` may be directly above `lower`.
[[nodiscard]] bool may_follow(LayerKind lower, LayerKind upper) noexcept;
/// The value of `lower`'s kNext field for `upper`: an Ethernet type or an IP protocol number.
[[nodiscard]] std::uint16_t number_of(LayerKind lower, LayerKind upper) noexcept;
/// The layer above `lower` when its kNext field is `number`; nothing when unknown.
[[nodiscard]] std::optional<LayerKind> layer_above(LayerKind lower, std::uint16_t number) noexcept;

/// The header that an option belongs to, kTcp or kIpv4; nothing for kinds that are no option.
[[nodiscard]] std::optional<LayerKind> header_of_option(LayerKind kind) noexcept;
/// The kind of an option of `header`, by its first byte.
[[nodiscard]] LayerKind option_kind(LayerKind header, std::uint8_t number) noexcept;
[[nodiscard]] bool is_extension(LayerKind kind) noexcept;  ///< An extension header of IPv6.

inline constexpr std::uint16_t kVxlanPort = 4789;

}  // namespace hopcost
