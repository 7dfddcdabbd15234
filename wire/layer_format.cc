#include "wire/layer_format.h"

#include <algorithm>
#include <array>

namespace hopcost {
namespace {

using enum FieldText;
using enum FieldRole;

// Addresses of the benchmarking blocks (RFC 2544 appendix C, RFC 5180 section 8) and locally administered
// MACs.
constexpr std::uint64_t kMac1 = 0x020000000001, kMac2 = 0x020000000002;
constexpr std::uint64_t kV4Src = 0xc6120001, kV4Dst = 0xc6120002;
constexpr std::uint64_t kV6Block = 0x2001000200000000;
// Numbers for a next layer that we do not make: IEEE 802 local experimental type 1, and RFC 3692's protocol.
constexpr std::uint64_t kExperimentalType = 0x88b5, kExperimentalProtocol = 253;

constexpr FieldFormat kEthernetFields[] = {{"dst", 0, 48, kMac, kPlain, kMac2},
                                           {"src", 48, 48, kMac, kPlain, kMac1},
                                           {"type", 96, 16, kHex, kNext, kExperimentalType}};
constexpr FieldFormat kVlanFields[] = {{"pcp", 0, 3},
                                       {"dei", 3, 1},
                                       {"id", 4, 12, kNumber, kPlain, 1},
                                       {"type", 16, 16, kHex, kNext, kExperimentalType}};
constexpr FieldFormat kMplsFields[] = {{"label", 0, 20, kNumber, kPlain, 16},
                                       {"tc", 20, 3},
                                       {"bottom", 23, 1, kNumber, kBottom},
                                       {"ttl", 24, 8, kNumber, kPlain, 64}};
constexpr FieldFormat kArpFields[] = {{"hardware", 0, 16, kNumber, kPlain, 1},
                                      {"protocol", 16, 16, kHex, kPlain, 0x0800},
                                      {"hardware_bytes", 32, 8, kNumber, kPlain, 6},
                                      {"protocol_bytes", 40, 8, kNumber, kPlain, 4},
                                      {"op", 48, 16, kNumber, kPlain, 1},
                                      {"sender_mac", 64, 48, kMac, kPlain, kMac1},
                                      {"sender_ip", 112, 32, kIp4, kPlain, kV4Src},
                                      {"target_mac", 144, 48, kMac},
                                      {"target_ip", 192, 32, kIp4, kPlain, kV4Dst}};
constexpr FieldFormat kIpv4Fields[] = {{"version", 0, 4, kNumber, kPlain, 4},
                                       {"header_words", 4, 4, kNumber, kHeaderWords},
                                       {"dscp", 8, 6},
                                       {"ecn", 14, 2},
                                       {"length", 16, 16, kNumber, kLength},
                                       {"id", 32, 16},
                                       {"flags", 48, 3, kNumber, kPlain, 2},  // 2: do not fragment
                                       {"fragment", 51, 13},
                                       {"ttl", 64, 8, kNumber, kPlain, 64},
                                       {"protocol", 72, 8, kNumber, kNext, kExperimentalProtocol},
                                       {"checksum", 80, 16, kHex, kChecksum},
                                       {"src", 96, 32, kIp4, kPlain, kV4Src},
                                       {"dst", 128, 32, kIp4, kPlain, kV4Dst}};
constexpr FieldFormat kIpv6Fields[] = {{"version", 0, 4, kNumber, kPlain, 6},
                                       {"traffic_class", 4, 8},
                                       {"flow_label", 12, 20, kHex},
                                       {"length", 32, 16, kNumber, kLength},
                                       {"next_header", 48, 8, kNumber, kNext, kExperimentalProtocol},
                                       {"hop_limit", 56, 8, kNumber, kPlain, 64},
                                       {"src", 64, 128, kIp6, kPlain, 1, kV6Block},
                                       {"dst", 192, 128, kIp6, kPlain, 2, kV6Block}};
constexpr FieldFormat kUdpFields[] = {{"src_port", 0, 16, kNumber, kPlain, 9},
                                      {"dst_port", 16, 16, kNumber, kPort, 9},
                                      {"length", 32, 16, kNumber, kLength},
                                      {"checksum", 48, 16, kHex, kChecksum}};
constexpr FieldFormat kTcpFields[] = {{"src_port", 0, 16, kNumber, kPlain, 1024},
                                      {"dst_port", 16, 16, kNumber, kPlain, 9},
                                      {"seq", 32, 32},
                                      {"ack", 64, 32},
                                      {"header_words", 96, 4, kNumber, kHeaderWords},
                                      {"flags", 104, 8, kTcpFlags, kPlain, 2},  // 2: SYN
                                      {"window", 112, 16, kNumber, kPlain, 65535},
                                      {"checksum", 128, 16, kHex, kChecksum},
                                      {"urgent", 144, 16}};
constexpr FieldFormat kIcmpFields[] = {{"type", 0, 8, kNumber, kPlain, 8},
                                       {"code", 8, 8},
                                       {"checksum", 16, 16, kHex, kChecksum},
                                       {"id", 32, 16, kHex},
                                       {"seq", 48, 16}};
constexpr FieldFormat kIcmpv6Fields[] = {{"type", 0, 8, kNumber, kPlain, 128},
                                         {"code", 8, 8},
                                         {"checksum", 16, 16, kHex, kChecksum},
                                         {"id", 32, 16, kHex},
                                         {"seq", 48, 16}};
constexpr FieldFormat kGreFields[] = {{"flags", 0, 16, kHex},
                                      {"type", 16, 16, kHex, kNext, kExperimentalType}};
constexpr FieldFormat kGreKeyFields[] = {{"flags", 0, 16, kHex, kPlain, 0x2000},
                                         {"type", 16, 16, kHex, kNext, kExperimentalType},
                                         {"key", 32, 32}};
constexpr FieldFormat kVxlanFields[] = {{"flags", 0, 8, kHex, kPlain, 8}, {"vni", 32, 24}};

// Options, with IANA's numbers.
constexpr FieldFormat kTcpEolFields[] = {{"kind", 0, 8}};
constexpr FieldFormat kTcpNopFields[] = {{"kind", 0, 8, kNumber, kPlain, 1}};
constexpr FieldFormat kMssFields[] = {{"kind", 0, 8, kNumber, kPlain, 2},
                                      {"length", 8, 8, kNumber, kOwnBytes},
                                      {"mss", 16, 16, kNumber, kPlain, 1460}};
constexpr FieldFormat kWindowScaleFields[] = {{"kind", 0, 8, kNumber, kPlain, 3},
                                              {"length", 8, 8, kNumber, kOwnBytes},
                                              {"shift", 16, 8, kNumber, kPlain, 7}};
constexpr FieldFormat kSackPermittedFields[] = {{"kind", 0, 8, kNumber, kPlain, 4},
                                                {"length", 8, 8, kNumber, kOwnBytes}};
constexpr FieldFormat kTcpTimestampsFields[] = {{"kind", 0, 8, kNumber, kPlain, 8},
                                                {"length", 8, 8, kNumber, kOwnBytes},
                                                {"value", 16, 32},
                                                {"echo", 48, 32}};
constexpr FieldFormat kTcpOptionFields[] = {{"kind", 0, 8, kNumber, kPlain, 253},  // RFC 6994: an experiment
                                            {"length", 8, 8, kNumber, kOwnBytes}};
constexpr FieldFormat kIpv4EolFields[] = {{"type", 0, 8}};
constexpr FieldFormat kIpv4NopFields[] = {{"type", 0, 8, kNumber, kPlain, 1}};
constexpr FieldFormat kRecordRouteFields[] = {{"type", 0, 8, kNumber, kPlain, 7},
                                              {"length", 8, 8, kNumber, kOwnBytes},
                                              {"pointer", 16, 8, kNumber, kPlain, 4}};
constexpr FieldFormat kIpv4TimestampFields[] = {{"type", 0, 8, kNumber, kPlain, 68},
                                                {"length", 8, 8, kNumber, kOwnBytes},
                                                {"pointer", 16, 8, kNumber, kPlain, 5},
                                                {"overflow", 24, 4},
                                                {"flag", 28, 4}};
constexpr FieldFormat kRouterAlertFields[] = {
    {"type", 0, 8, kNumber, kPlain, 148}, {"length", 8, 8, kNumber, kOwnBytes}, {"value", 16, 16}};
constexpr FieldFormat kIpv4OptionFields[] = {{"type", 0, 8, kNumber, kPlain, 94},  // RFC 4727: an experiment
                                             {"length", 8, 8, kNumber, kOwnBytes}};

// Extension headers.
constexpr FieldFormat kOptionsHeaderFields[] = {{"next_header", 0, 8, kNumber, kNext, kExperimentalProtocol},
                                                {"length", 8, 8, kNumber, kOwnEights}};
constexpr FieldFormat kRoutingFields[] = {{"next_header", 0, 8, kNumber, kNext, kExperimentalProtocol},
                                          {"length", 8, 8, kNumber, kOwnEights},
                                          {"type", 16, 8, kNumber, kPlain, 253},  // RFC 4727: an experiment
                                          {"segments_left", 24, 8}};
constexpr FieldFormat kFragmentFields[] = {{"next_header", 0, 8, kNumber, kNext, kExperimentalProtocol},
                                           {"offset", 16, 13},
                                           {"more", 31, 1},
                                           {"id", 32, 32}};
constexpr std::string_view kPadN4("\x01\x04\0\0\0\0", 6);  // RFC 8200 section 4.2
constexpr char kZeros[36] = {};
constexpr std::string_view kNineSlots(kZeros, 36), kFourZeros(kZeros, 4);

using enum LayerKind;
constexpr std::array<LayerFormat, kLayerKinds> kFormats{
    {{kEthernet, "eth", 14, kEthernetFields},
     {kVlan, "vlan", 4, kVlanFields},
     {kQinq, "qinq", 4, kVlanFields},
     {kMpls, "mpls", 4, kMplsFields},
     {kArp, "arp", 28, kArpFields},
     {kIpv4, "ipv4", 20, kIpv4Fields},
     {kIpv6, "ipv6", 40, kIpv6Fields},
     {kUdp, "udp", 8, kUdpFields},
     {kTcp, "tcp", 20, kTcpFields},
     {kIcmp, "icmp", 8, kIcmpFields},
     {kIcmpv6, "icmpv6", 8, kIcmpv6Fields},
     {kGre, "gre", 4, kGreFields},
     {kGreKey, "gre-key", 8, kGreKeyFields},
     {kVxlan, "vxlan", 8, kVxlanFields},
     {kTcpEol, "tcp-eol", 1, kTcpEolFields},
     {kTcpNop, "tcp-nop", 1, kTcpNopFields},
     {kTcpMss, "tcp-mss", 4, kMssFields},
     {kTcpWindowScale, "tcp-window-scale", 3, kWindowScaleFields},
     {kTcpSackPermitted, "tcp-sack-permitted", 2, kSackPermittedFields},
     {kTcpTimestamps, "tcp-timestamps", 10, kTcpTimestampsFields},
     {kTcpOption, "tcp-option", 2, kTcpOptionFields, true},
     {kIpv4Eol, "ipv4-eol", 1, kIpv4EolFields},
     {kIpv4Nop, "ipv4-nop", 1, kIpv4NopFields},
     {kIpv4RecordRoute, "ipv4-record-route", 3, kRecordRouteFields, true, kNineSlots},
     {kIpv4Timestamp, "ipv4-timestamp", 4, kIpv4TimestampFields, true, kNineSlots},
     {kIpv4RouterAlert, "ipv4-router-alert", 4, kRouterAlertFields},
     {kIpv4Option, "ipv4-option", 2, kIpv4OptionFields, true},
     {kIpv6HopByHop, "ipv6-hop-by-hop", 2, kOptionsHeaderFields, true, kPadN4},
     {kIpv6Routing, "ipv6-routing", 4, kRoutingFields, true, kFourZeros},
     {kIpv6Fragment, "ipv6-fragment", 8, kFragmentFields},
     {kIpv6DestOptions, "ipv6-dest-options", 2, kOptionsHeaderFields, true, kPadN4}}};

struct Number {
  LayerKind kind;
  std::uint16_t number;
};
// IEEE 802 numbers and IANA's assigned protocol numbers. If a number has several entries, it is read as the
// first.
constexpr Number kTypes[] = {{kVlan, 0x8100}, {kQinq, 0x88a8}, {kMpls, 0x8847},     {kArp, 0x0806},
                             {kIpv4, 0x0800}, {kIpv6, 0x86dd}, {kEthernet, 0x6558}, {kMpls, 0x8848}};
constexpr Number kProtocols[] = {{kIpv4, 4},
                                 {kTcp, 6},
                                 {kUdp, 17},
                                 {kIpv6, 41},
                                 {kGre, 47},
                                 {kGreKey, 47},
                                 {kIcmpv6, 58},
                                 {kIcmp, 1},
                                 {kMpls, 137},
                                 {kIpv6HopByHop, 0},
                                 {kIpv6Routing, 43},
                                 {kIpv6Fragment, 44},
                                 {kIpv6DestOptions, 60}};

bool is_ip(LayerKind k) noexcept {
  return k == kIpv4 || k == kIpv6;
}
bool is_tag(LayerKind k) noexcept {
  return k == kVlan || k == kQinq;
}
bool is_gre(LayerKind k) noexcept {
  return k == kGre || k == kGreKey;
}
/// Whether a layer names the next one by an IP protocol number.
bool carries_protocols(LayerKind k) noexcept {
  return is_ip(k) || is_extension(k);
}
std::span<const Number> numbers_in(LayerKind lower) noexcept {
  if (carries_protocols(lower)) return kProtocols;
  if (lower == kEthernet || is_tag(lower) || is_gre(lower)) return kTypes;
  return {};
}

}  // namespace

const LayerFormat& format_of(LayerKind kind) noexcept {
  return kFormats[static_cast<std::size_t>(kind)];
}

const LayerFormat* find_layer(std::string_view name) noexcept {
  const auto* at =
      std::find_if(kFormats.begin(), kFormats.end(), [&](const auto& f) { return f.name == name; });
  return at == kFormats.end() ? nullptr : at;
}

std::optional<std::size_t> find_field(const LayerFormat& layer, std::string_view name) noexcept {
  for (std::size_t i = 0; i < layer.fields.size(); ++i)
    if (layer.fields[i].name == name) return i;
  return std::nullopt;
}

std::optional<LayerKind> header_of_option(LayerKind kind) noexcept {
  if (kind >= kTcpEol && kind <= kTcpOption) return kTcp;
  if (kind >= kIpv4Eol && kind <= kIpv4Option) return kIpv4;
  return std::nullopt;
}

LayerKind option_kind(LayerKind header, std::uint8_t number) noexcept {
  const LayerKind any = header == kTcp ? kTcpOption : kIpv4Option;
  const auto* at = std::find_if(kFormats.begin(), kFormats.end(), [&](const LayerFormat& f) {
    return f.kind != any && header_of_option(f.kind) == header && f.fields.front().otherwise == number;
  });
  return at == kFormats.end() ? any : at->kind;
}

bool is_extension(LayerKind kind) noexcept {
  return kind >= kIpv6HopByHop && kind <= kIpv6DestOptions;
}

bool may_follow(LayerKind lower, LayerKind upper) noexcept {
  lower = header_of_option(lower).value_or(lower);
  if (const auto header = header_of_option(upper)) return lower == *header;
  if (is_extension(upper)) return lower == kIpv6 || is_extension(lower);
  const bool frame = lower == kEthernet || is_tag(lower);
  switch (upper) {
    case kEthernet:
      return is_gre(lower) || lower == kVxlan;
    case kVlan:
    case kQinq:
    case kArp:
      return frame;
    case kMpls:
      return frame || lower == kMpls || is_gre(lower);
    case kIpv4:
    case kIpv6:
      return frame || lower == kMpls || is_gre(lower) || carries_protocols(lower);
    case kIcmp:
      return lower == kIpv4;
    case kIcmpv6:
      return lower == kIpv6 || is_extension(lower);
    case kVxlan:
      return lower == kUdp;
    default:
      return carries_protocols(lower);
  }
}

std::uint16_t number_of(LayerKind lower, LayerKind upper) noexcept {
  for (const auto& n : numbers_in(lower))
    if (n.kind == upper) return n.number;
  return 0;
}

std::optional<LayerKind> layer_above(LayerKind lower, std::uint16_t number) noexcept {
  for (const auto& n : numbers_in(lower))
    if (n.number == number && may_follow(lower, n.kind)) return n.kind;
  return std::nullopt;
}

}  // namespace hopcost
