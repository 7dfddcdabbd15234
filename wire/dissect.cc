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

std::optional<LayerKind> next_kind(std::span<const std::byte> frame, const PlacedLayer& l) {
  switch (l.kind) {
    case LayerKind::kMpls: {
      if (value_of(frame, l, "bottom") == 0) return LayerKind::kMpls;
      const std::size_t at = l.at + format_of(l.kind).bytes;  // RFC 4928: the first nibble tells
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
    case LayerKind::kIpv4:
      // Options and later fragments are not looked behind.
      if (value_of(frame, l, "header_words") != 5 || value_of(frame, l, "fragment") != 0) return std::nullopt;
      return layer_above(l.kind, static_cast<std::uint16_t>(value_of(frame, l, "protocol")));
    case LayerKind::kIpv6:
      return layer_above(l.kind, static_cast<std::uint16_t>(value_of(frame, l, "next_header")));
    default:
      return layer_above(l.kind, static_cast<std::uint16_t>(value_of(frame, l, "type")));
  }
}

/// GRE's flags say which of its two forms it is.
LayerKind form_of(std::span<const std::byte> frame, LayerKind kind, std::size_t at) {
  constexpr std::uint16_t kKeyPresent = 0x2000;  // RFC 2890 section 2
  if (kind != LayerKind::kGre || at + 2 > frame.size()) return kind;
  return load_be<std::uint16_t>(&frame[at]) == kKeyPresent ? LayerKind::kGreKey : kind;
}

/// Where an IP datagram ends by its own length, or the frame.
std::size_t end_by(std::span<const std::byte> frame, const PlacedLayer& l, std::size_t end) {
  if (l.kind == LayerKind::kIpv4) return std::min<std::size_t>(end, l.at + value_of(frame, l, "length"));
  if (l.kind == LayerKind::kIpv6)
    return std::min<std::size_t>(end, l.at + layout::kIpv6Bytes + value_of(frame, l, "length"));
  return l.kind == LayerKind::kArp ? l.at + format_of(l.kind).bytes : end;
}

}  // namespace

Dissected dissect(std::span<const std::byte> frame) {
  Dissected d;
  std::size_t at = 0, end = frame.size();
  for (std::optional<LayerKind> kind = LayerKind::kEthernet; kind;) {
    kind = form_of(frame, *kind, at);
    if (at + format_of(*kind).bytes > end) break;
    const PlacedLayer layer{*kind, at};
    d.layers.push_back(layer);
    end = std::max(end_by(frame, layer, end), at + format_of(*kind).bytes);
    at += format_of(*kind).bytes;
    kind = next_kind(frame, layer);
  }
  d.payload_at = at;
  d.payload_bytes = end - at;
  return d;
}

}  // namespace hopcost
