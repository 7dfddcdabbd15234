// The texts declared in dissect.h.
#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "wire/dissect.h"
#include "wire/field.h"
#include "wire/find_probe.h"
#include "wire/frame_encoder.h"

namespace hopcost {
namespace {

/// One layer of one frame, its fields by name.
struct View {
  std::span<const std::byte> frame;
  PlacedLayer layer;
  [[nodiscard]] std::uint64_t number(std::string_view name) const {
    const auto& f = format_of(layer.kind);
    return load_field(&frame[layer.at], f.fields[*find_field(f, name)]).low;
  }
  [[nodiscard]] std::string text(std::string_view name) const {
    const auto& f = format_of(layer.kind);
    const auto& field = f.fields[*find_field(f, name)];
    return field_text(field, load_field(&frame[layer.at], field));
  }
};

std::string tcp_info(const View& v, std::size_t payload) {
  constexpr const char* kNames[] = {"FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR"};
  std::string flags;
  for (unsigned i = 0; i < 8; ++i)
    if ((v.number("flags") >> i & 1) != 0) flags += (flags.empty() ? "" : ", ") + std::string(kNames[i]);
  return fmt::format("{} -> {} [{}] Seq={} Ack={} Win={} Len={}", v.number("src_port"), v.number("dst_port"),
                     flags, v.number("seq"), v.number("ack"), v.number("window"), payload);
}

/// A header's options as text: " MSS=1460 WS=128".
std::string option_info(std::span<const std::byte> frame, std::span<const PlacedLayer> options) {
  std::string text;
  for (const auto& l : options) {
    const View v{frame, l};
    if (l.kind == LayerKind::kTcpMss) text += fmt::format(" MSS={}", v.number("mss"));
    if (l.kind == LayerKind::kTcpWindowScale)
      text += fmt::format(" WS={}", std::uint64_t{1} << std::min<std::uint64_t>(v.number("shift"), 14));
    if (l.kind == LayerKind::kTcpSackPermitted) text += " SACK_PERM";
    if (l.kind == LayerKind::kTcpTimestamps)
      text += fmt::format(" TSval={} TSecr={}", v.number("value"), v.number("echo"));
  }
  return text;
}

std::string echo_info(const View& v) {
  const auto type = v.number("type");
  const bool request = type == 8 || type == 128, reply = type == 0 || type == 129;
  if (!request && !reply) return fmt::format("type {} code {}", type, v.number("code"));
  return fmt::format("Echo (ping) {} id=0x{:04x}, seq={}", request ? "request" : "reply", v.number("id"),
                     v.number("seq"));
}

std::string arp_info(const View& v) {
  if (v.number("op") == 1)
    return fmt::format("Who has {}? Tell {}", v.text("target_ip"), v.text("sender_ip"));
  return fmt::format("{} is at {}", v.text("sender_ip"), v.text("sender_mac"));
}

std::string info(const View& v, std::size_t payload) {
  switch (v.layer.kind) {
    case LayerKind::kUdp:
      return fmt::format("{} -> {} Len={}", v.number("src_port"), v.number("dst_port"), payload);
    case LayerKind::kTcp:
      return tcp_info(v, payload);
    case LayerKind::kIcmp:
    case LayerKind::kIcmpv6:
      return echo_info(v);
    case LayerKind::kArp:
      return arp_info(v);
    case LayerKind::kIpv4:
      return fmt::format("Protocol {}", v.number("protocol"));
    case LayerKind::kIpv6:
      return fmt::format("Next header {}", v.number("next_header"));
    default:
      return fmt::format("Len={}", payload);
  }
}

std::string protocol_name(LayerKind kind) {
  std::string name(format_of(kind).name);
  for (char& c : name) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  if (kind == LayerKind::kIcmpv6) return "ICMPv6";
  if (kind == LayerKind::kIpv4) return "IPv4";
  return kind == LayerKind::kIpv6 ? "IPv6" : name;
}

/// The layers around the packet: "vlan 10, vxlan 7".
std::string around(std::span<const std::byte> frame, const Dissected& d) {
  std::string text;
  for (const auto& l : d.layers) {
    const char* id = l.kind == LayerKind::kVxlan                                ? "vni"
                     : l.kind == LayerKind::kMpls                               ? "label"
                     : l.kind == LayerKind::kGreKey                             ? "key"
                     : l.kind == LayerKind::kVlan || l.kind == LayerKind::kQinq ? "id"
                                                                                : nullptr;
    if (id != nullptr) text += fmt::format(" {}={}", format_of(l.kind).name, View{frame, l}.number(id));
  }
  return text;
}

std::string hex(std::span<const std::byte> bytes) {
  std::string text;
  for (const std::byte b : bytes) text += fmt::format("{:02x}", static_cast<unsigned>(b));
  return text;
}

/// Whether a layer's checksum is what encode_frame would have put there.
std::string verdict(std::span<const std::byte> frame, const Dissected& d, std::size_t index) {
  const auto& l = d.layers[index];
  const auto c = checksum_place(d.layers, index, d.payload_at + d.payload_bytes);
  if (c->zero_is_none && View{frame, l}.number("checksum") == 0) return " (none)";
  const std::uint16_t right = field_for(*c, covered_sum(*c, frame));
  return std::memcmp(&right, &frame[c->at], sizeof right) == 0 ? " (right)" : " (wrong)";
}

}  // namespace

std::string summary_line(std::span<const std::byte> frame) {
  const Dissected d = dissect(frame);
  if (d.layers.empty()) return fmt::format("{} bytes, no frame", frame.size());
  std::string src = View{frame, d.layers.front()}.text("src"),
              dst = View{frame, d.layers.front()}.text("dst");
  for (const auto& l : d.layers) {
    if (l.kind != LayerKind::kIpv4 && l.kind != LayerKind::kIpv6) continue;
    src = View{frame, l}.text("src");
    dst = View{frame, l}.text("dst");
  }
  std::size_t last = d.layers.size() - 1;
  while (header_of_option(d.layers[last].kind)) --last;
  std::string line = fmt::format("{} -> {} {} {} {}", src, dst, protocol_name(d.layers[last].kind),
                                 frame.size(), info({frame, d.layers[last]}, d.payload_bytes));
  line += option_info(frame, std::span(d.layers).subspan(last + 1));
  line += around(frame, d);
  if (const auto found = find_probe(frame))
    line += fmt::format(" flow={} seq={}{}", found->probe.flow, found->probe.sequence,
                        found->probe.reflected ? " reflected" : "");
  return line;
}

std::string layer_lines(std::span<const std::byte> frame) {
  const Dissected d = dissect(frame);
  std::string text;
  for (std::size_t i = 0; i < d.layers.size(); ++i) {
    const View v{frame, d.layers[i]};
    text += fmt::format("  {}", format_of(v.layer.kind).name);
    for (const auto& f : format_of(v.layer.kind).fields) {
      text += fmt::format(" {}={}", f.name, v.text(f.name));
      if (f.role == FieldRole::kChecksum) text += verdict(frame, d, i);
    }
    if (format_of(v.layer.kind).has_data)
      text += " data=" + hex(frame.subspan(v.layer.at, v.layer.bytes).subspan(format_of(v.layer.kind).bytes));
    text += "\n";
  }
  text += fmt::format("  payload {} bytes", d.payload_bytes);
  if (const auto found = find_probe(frame)) {
    const Probe& p = found->probe;
    text += fmt::format(", probe flow={} seq={} time={}", p.flow, p.sequence, p.tx_ns);
    if (p.reflected) text += fmt::format(" (its low 35 bits) reflected after={}", p.residence_ns);
  }
  const std::size_t padding = frame.size() - d.payload_at - d.payload_bytes;
  if (padding > 0) text += fmt::format(", padding {} bytes", padding);
  return text + "\n";
}

}  // namespace hopcost
