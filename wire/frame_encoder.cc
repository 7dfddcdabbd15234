#include "wire/frame_encoder.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "base/units.h"
#include "wire/byte_order.h"
#include "wire/checksum.h"
#include "wire/layout.h"

namespace hopcost {
namespace {

constexpr std::uint32_t kLeastSize = 64;  // IEEE 802.3 clause 4A.4.2, minFrameSize
constexpr std::uint32_t kMostSize = 65535;

std::size_t layer_bytes(const Layer& l) {
  const auto& format = format_of(l.kind);
  const std::size_t bytes = format.bytes + (l.data ? l.data->size() : format.data.size());
  return is_extension(l.kind) ? (bytes + 7) / 8 * 8 : bytes;  // RFC 8200 section 4: whole units of 8 bytes
}

/// Places the layers. Options are inside their header, which is padded to a multiple of 4 bytes.
std::vector<PlacedLayer> place_layers(std::span<const Layer> layers) {
  std::vector<PlacedLayer> placed;
  std::size_t at = 0, header = 0;
  for (const auto& l : layers) {
    const bool option = header_of_option(l.kind).has_value();
    if (!option) {
      at = placed.empty() ? 0 : placed[header].at + placed[header].bytes;
      header = placed.size();
    }
    placed.push_back({l.kind, at, layer_bytes(l)});
    at += placed.back().bytes;
    if (option) placed[header].bytes = (at - placed[header].at + 3) / 4 * 4;
  }
  return placed;
}

Result<void> check(const FrameStack& s, std::uint32_t size) {
  if (s.layers.empty() || s.layers.front().kind != LayerKind::kEthernet)
    return error(Exit::kUsage, "the first layer is not eth");
  for (std::size_t i = 1; i < s.layers.size(); ++i) {
    const LayerKind lower = s.layers[i - 1].kind, upper = s.layers[i].kind;
    if (!may_follow(lower, upper))
      return error(Exit::kUsage, fmt::format("{} can't stand right above {}", format_of(upper).name,
                                             format_of(lower).name));
  }
  for (std::size_t i = 1; i < s.layers.size(); ++i) {
    const auto fits = check_options(std::span(s.layers).first(i + 1));
    if (!fits) return fits;
  }
  const auto least = std::max<std::size_t>(kLeastSize, header_bytes(s) + kFcsBytes);
  if (size < least || size > kMostSize) {
    return error(Exit::kUsage,
                 fmt::format("a frame of {} bytes is not within {} (what its headers need) and {}, with FCS",
                             size, least, kMostSize));
  }
  return {};
}

const FieldSetting* setting(const Layer& l, std::size_t field) {
  const auto at =
      std::find_if(l.fields.begin(), l.fields.end(), [&](const auto& f) { return f.field == field; });
  return at == l.fields.end() ? nullptr : &*at;
}

/// The kind of the layer above, options skipped.
std::optional<LayerKind> kind_above(const FrameStack& s, std::size_t layer) {
  for (++layer; layer < s.layers.size(); ++layer)
    if (!header_of_option(s.layers[layer].kind)) return s.layers[layer].kind;
  return std::nullopt;
}

/// The value of a field that is not set.
FieldBits by_role(const FrameStack& s, std::size_t layer, const FieldFormat& f, const PlacedLayer& place,
                  std::size_t datagram_end) {
  const LayerKind kind = s.layers[layer].kind;
  const auto above = kind_above(s, layer);
  switch (f.role) {
    case FieldRole::kNext:
      return {0, above ? number_of(kind, *above) : f.otherwise};
    case FieldRole::kLength:  // IPv6's length excludes its header (RFC 8200 section 3)
      return {0, datagram_end - place.at - (kind == LayerKind::kIpv6 ? layout::kIpv6Bytes : 0)};
    case FieldRole::kHeaderWords:
      return {0, place.bytes / 4};
    case FieldRole::kOwnBytes:
      return {0, place.bytes};
    case FieldRole::kOwnEights:
      return {0, place.bytes / 8 - 1};
    case FieldRole::kBottom:
      return {0, above == LayerKind::kMpls ? 0u : 1u};
    case FieldRole::kPort:
      return {0, above == LayerKind::kVxlan ? kVxlanPort : f.otherwise};
    default:
      return {f.otherwise_high, f.otherwise};
  }
}

/// Writes a layer's data, and pads an extension header: with Pad1 or PadN if it holds options (RFC 8200
/// section 4.2), else with zeros.
void write_data(const Layer& l, const PlacedLayer& place, std::vector<std::byte>& frame) {
  const auto& format = format_of(l.kind);
  const auto usual = std::as_bytes(std::span(format.data));
  const auto data = l.data ? std::span<const std::byte>(*l.data) : usual;
  const auto to = frame.begin() + static_cast<long>(place.at + format.bytes);
  const auto filler = std::copy(data.begin(), data.end(), to);
  const std::size_t left = place.bytes - format.bytes - data.size();
  if (left < 2 || l.kind == LayerKind::kIpv6Routing) return;
  filler[0] = std::byte{1};
  filler[1] = static_cast<std::byte>(left - 2);
}

void write_layer(const FrameStack& s, std::size_t index, std::size_t datagram_end, EncodedFrame& out) {
  const Layer& l = s.layers[index];
  const auto fields = format_of(l.kind).fields;
  const PlacedLayer& place = out.layers[index];
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const auto* set = setting(l, i);
    store_field(&out.bytes[place.at], fields[i],
                set != nullptr ? set->value : by_role(s, index, fields[i], place, datagram_end));
  }
  if (format_of(l.kind).has_data) write_data(l, place, out.bytes);
}

ChecksumMode mode_of(const FrameStack& s, std::size_t index) {
  const ChecksumMode mode = s.layers[index].checksum;
  if (mode != ChecksumMode::kUsual) return mode;
  const bool vxlan = index + 1 < s.layers.size() && s.layers[index + 1].kind == LayerKind::kVxlan;
  return vxlan ? ChecksumMode::kNone : ChecksumMode::kRight;
}

/// RFC 768, RFC 9293 section 3.1, RFC 8200 section 8.1: the same sum for both families.
void add_pseudo_header(const PlacedLayer& ip, LayerKind kind, ChecksumPlace& c) noexcept {
  const bool v6 = ip.kind == LayerKind::kIpv6;
  c.addresses_at = static_cast<std::uint16_t>(ip.at + (v6 ? layout::kIpv6Src : layout::kIpv4Src));
  c.addresses_bytes = v6 ? 32 : 8;
  std::byte rest[4] = {};
  store_be(rest, static_cast<std::uint16_t>(c.end - c.begin));
  rest[3] = static_cast<std::byte>(number_of(ip.kind, kind));
  c.pseudo_sum = ones_sum(rest);
}

void write_checksums(const FrameStack& s, std::size_t datagram_end, EncodedFrame& out) {
  for (std::size_t i = s.layers.size(); i-- > 0;) {
    auto c = checksum_place(out.layers, i, datagram_end);
    const ChecksumMode mode = mode_of(s, i);
    if (!c || mode == ChecksumMode::kNone) continue;
    c->mode = mode;
    const std::uint16_t value = field_for(*c, covered_sum(*c, out.bytes));
    std::memcpy(&out.bytes[c->at], &value, sizeof value);
    out.checksums.push_back(*c);
  }
}

void write_payload(const FrameStack& s, EncodedFrame& out) {
  std::byte* payload = out.bytes.data() + out.payload_at;
  std::fill_n(payload, out.payload_bytes, s.fill);
  if (!s.probe || out.payload_bytes < kProbeBytes) return;
  out.probe_at = static_cast<std::uint16_t>(out.payload_at + out.payload_bytes - kProbeBytes);
  store_probe(std::span<std::byte, kProbeBytes>(&out.bytes[*out.probe_at], kProbeBytes), *s.probe);
}

}  // namespace

std::size_t header_bytes(const FrameStack& s) {
  std::size_t end = 0;
  for (const auto& l : place_layers(s.layers)) end = std::max(end, l.at + l.bytes);
  return end;
}

Result<void> check_options(std::span<const Layer> layers) {
  const auto header = layers.empty() ? std::nullopt : header_of_option(layers.back().kind);
  if (!header) return {};
  const auto placed = place_layers(layers);
  const auto of =
      std::find_if(placed.rbegin(), placed.rend(), [](const auto& l) { return !header_of_option(l.kind); });
  const std::size_t bytes = of == placed.rend() ? 0 : of->bytes - format_of(of->kind).bytes;
  if (bytes <= kMostOptionBytes) return {};
  return error(Exit::kUsage, fmt::format("the options of {} take {} bytes, and it holds {} at most",
                                         format_of(*header).name, bytes, kMostOptionBytes));
}

std::optional<ChecksumPlace> checksum_place(std::span<const PlacedLayer> layers, std::size_t index,
                                            std::size_t end) noexcept {
  const auto [kind, at, bytes] = layers[index];
  const auto field = find_field(format_of(kind), "checksum");
  if (!field) return std::nullopt;
  ChecksumPlace c{.layer = index};
  c.at = static_cast<std::uint16_t>(at + format_of(kind).fields[*field].bit / 8);
  c.begin = static_cast<std::uint16_t>(at);
  c.end = static_cast<std::uint16_t>(kind == LayerKind::kIpv4 ? at + bytes : end);
  c.zero_is_none = kind == LayerKind::kUdp;
  if (kind == LayerKind::kIpv4 || kind == LayerKind::kIcmp) return c;
  while (is_extension(layers[--index].kind) || header_of_option(layers[index].kind)) {
  }
  add_pseudo_header(layers[index], kind, c);
  return c;
}

std::uint64_t covered_sum(const ChecksumPlace& c, std::span<const std::byte> frame) noexcept {
  // Both parts begin at an even distance, because the field is at an even offset.
  std::uint64_t sum = ones_add(ones_sum(frame.subspan(c.begin, static_cast<std::size_t>(c.at - c.begin))),
                               ones_sum(frame.subspan(c.at + 2u, c.end - (c.at + 2u))));
  if (c.addresses_bytes > 0)
    sum = ones_add(sum, ones_add(c.pseudo_sum, ones_sum(frame.subspan(c.addresses_at, c.addresses_bytes))));
  return sum;
}

Result<EncodedFrame> encode_frame(const FrameStack& s, std::uint32_t size) {
  if (auto ok = check(s, size); !ok) return forward(ok);
  EncodedFrame out;
  out.bytes.assign(frame_bytes(size), std::byte{0});
  out.layers = place_layers(s.layers);
  const std::size_t at = header_bytes(s);
  const bool holds_payload = s.payload && s.layers.back().kind != LayerKind::kArp;
  const std::size_t datagram_end = holds_payload ? out.bytes.size() : at;
  out.payload_at = static_cast<std::uint16_t>(at);
  out.payload_bytes = static_cast<std::uint16_t>(datagram_end - at);
  write_payload(s, out);
  for (std::size_t i = 0; i < s.layers.size(); ++i) write_layer(s, i, datagram_end, out);
  write_checksums(s, datagram_end, out);
  return out;
}

}  // namespace hopcost
