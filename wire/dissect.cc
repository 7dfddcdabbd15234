#include "wire/dissect.h"

#include <algorithm>
#include <optional>

#include "wire/byte_order.h"
#include "wire/field.h"
#include "wire/layout.h"

namespace hopcost {
namespace {

std::uint64_t value_of(std::span<const std::byte> frame, const PlacedLayer& l, std::string_view field) {
  const auto& format = format_of(l.kind);
  const auto at = find_field(format, field);
  return at ? load_field(&frame[l.at], format.fields[*at]).low : 0;
}

/// Flags that make a GRE header longer than ours, and the version, by which it is another header (RFC 2784,
/// RFC 2890, RFC 2637).
constexpr std::uint64_t kMoreGre = 0xf007;

std::optional<LayerKind> next_kind(std::span<const std::byte> frame, const PlacedLayer& l) {
  switch (l.kind) {
    case LayerKind::kMpls: {
      if (value_of(frame, l, "bottom") == 0) return LayerKind::kMpls;
      const std::size_t at = l.at + l.bytes;  // RFC 4928: the first nibble is the IP version
      if (at >= frame.size()) return std::nullopt;
      const auto nibble = static_cast<unsigned>(frame[at]) >> 4;
      if (nibble == 4) return LayerKind::kIpv4;
      if (nibble == 6) return LayerKind::kIpv6;
      return std::nullopt;
    }
    case LayerKind::kUdp:
      if (value_of(frame, l, "dst_port") == kVxlanPort) return LayerKind::kVxlan;
      return std::nullopt;
    case LayerKind::kVxlan:
      return LayerKind::kEthernet;
    case LayerKind::kGre:
      if ((value_of(frame, l, "flags") & kMoreGre) != 0) return std::nullopt;
      return layer_above(l.kind, static_cast<std::uint16_t>(value_of(frame, l, "type")));
    case LayerKind::kIpv4:
      if (value_of(frame, l, "version") != 4) return std::nullopt;
      if (4 * value_of(frame, l, "header_words") != l.bytes) return std::nullopt;
      if (value_of(frame, l, "fragment") != 0) return std::nullopt;  // not the first fragment
      return layer_above(l.kind, static_cast<std::uint16_t>(value_of(frame, l, "protocol")));
    case LayerKind::kIpv6Fragment:
      if (value_of(frame, l, "offset") != 0) return std::nullopt;
      [[fallthrough]];
    case LayerKind::kIpv6:
      if (l.kind == LayerKind::kIpv6 && value_of(frame, l, "version") != 6) return std::nullopt;
      [[fallthrough]];
    case LayerKind::kIpv6HopByHop:
    case LayerKind::kIpv6Routing:
    case LayerKind::kIpv6DestOptions:
      return layer_above(l.kind, static_cast<std::uint16_t>(value_of(frame, l, "next_header")));
    default:
      return layer_above(l.kind, static_cast<std::uint16_t>(value_of(frame, l, "type")));
  }
}

/// Which of GRE's two forms a header has, by its flags.
LayerKind form_of(std::span<const std::byte> frame, LayerKind kind, std::size_t at) {
  constexpr std::uint16_t kKeyPresent = 0x2000;  // RFC 2890 section 2
  if (kind != LayerKind::kGre || at + 2 > frame.size()) return kind;
  return load_be<std::uint16_t>(&frame[at]) == kKeyPresent ? LayerKind::kGreKey : kind;
}

/// Where an IP datagram ends by its own length, at most the frame's end. IPv4's length is 0 when it was left
/// to the device.
std::size_t end_by(std::span<const std::byte> frame, const PlacedLayer& l, std::size_t end) {
  if (l.kind == LayerKind::kIpv4 && value_of(frame, l, "length") == 0) return end;
  if (l.kind == LayerKind::kIpv4) return std::min<std::size_t>(end, l.at + value_of(frame, l, "length"));
  if (l.kind == LayerKind::kIpv6)
    return std::min<std::size_t>(end, l.at + layout::kIpv6Bytes + value_of(frame, l, "length"));
  return l.kind == LayerKind::kArp ? l.at + l.bytes : end;
}

bool has_options(LayerKind kind) noexcept {
  return kind == LayerKind::kIpv4 || kind == LayerKind::kTcp;
}

/// A layer's bytes with options and data, by its own length field if that is possible; nothing when it is
/// longer than `most`.
std::optional<std::size_t> bytes_of(std::span<const std::byte> frame, LayerKind kind, std::size_t at,
                                    std::size_t most) {
  const auto& format = format_of(kind);
  if (format.bytes > most) return std::nullopt;
  const PlacedLayer layer{kind, at, format.bytes};
  if (has_options(kind)) {
    const std::size_t bytes = 4 * value_of(frame, layer, "header_words");
    return bytes >= format.bytes && bytes <= most ? bytes : format.bytes;
  }
  if (!format.has_data) return format.bytes;
  const std::size_t bytes = 8 * value_of(frame, layer, "length") + 8;  // an extension header
  return bytes <= most ? std::optional(bytes) : std::nullopt;
}

/// Appends the options of the header layers.back(), up to their end or a malformed one.
void add_options(std::span<const std::byte> frame, std::vector<PlacedLayer>& layers) {
  const PlacedLayer header = layers.back();
  const std::size_t end = header.at + header.bytes;
  for (std::size_t at = header.at + format_of(header.kind).bytes; at < end;) {
    const auto number = static_cast<std::uint8_t>(frame[at]);
    const auto kind = option_kind(header.kind, number);
    const auto& format = format_of(kind);
    const std::size_t bytes = format.bytes == 1 ? 1
                              : at + 1 < end    ? static_cast<std::size_t>(frame[at + 1])
                                                : 0;
    if (format.has_data ? bytes < format.bytes : bytes != format.bytes) return;
    if (bytes > end - at) return;
    layers.push_back({kind, at, bytes});
    if (number == 0) return;
    at += bytes;
  }
}

}  // namespace

Dissected dissect(std::span<const std::byte> frame) {
  Dissected d;
  std::size_t at = 0, end = frame.size();
  for (std::optional<LayerKind> kind = LayerKind::kEthernet; kind;) {
    kind = form_of(frame, *kind, at);
    const auto bytes = bytes_of(frame, *kind, at, end - at);
    if (!bytes) break;
    const PlacedLayer layer{*kind, at, *bytes};
    d.layers.push_back(layer);
    if (has_options(*kind)) add_options(frame, d.layers);
    at += *bytes;
    end = std::max(end_by(frame, layer, end), at);
    kind = next_kind(frame, layer);
  }
  d.payload_at = at;
  d.payload_bytes = end - at;
  return d;
}

}  // namespace hopcost
