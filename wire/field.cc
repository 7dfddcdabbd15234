#include "wire/field.h"

#include <fmt/format.h>

#include <charconv>
#include <cstring>
#include <optional>

#include "wire/address.h"
#include "wire/byte_order.h"

namespace hopcost {
namespace {

constexpr std::string_view kFlagLetters =
    "FSRPAUEC";  // from the least significant bit on (RFC 9293 section 3.1)

std::optional<std::uint64_t> number_in(std::string_view text) {
  const bool hex = text.starts_with("0x") || text.starts_with("0X");
  if (hex) text.remove_prefix(2);
  std::uint64_t value = 0;
  const auto [end, err] = std::from_chars(text.data(), text.data() + text.size(), value, hex ? 16 : 10);
  if (text.empty() || err != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<std::uint64_t> flags_in(std::string_view text) {
  std::uint64_t value = 0;
  for (const char c : text) {
    const auto at = kFlagLetters.find(c);
    if (at == std::string_view::npos) return std::nullopt;
    value |= std::uint64_t{1} << at;
  }
  return value;
}

std::string flags_text(std::uint64_t value) {
  std::string text;
  for (std::size_t i = 0; i < kFlagLetters.size(); ++i)
    if ((value >> i & 1) != 0) text += kFlagLetters[i];
  return text.empty() ? "0" : text;
}

FieldBits bits_of(std::span<const std::byte> bytes) {
  FieldBits v;
  for (const std::byte b : bytes) {
    v.high = v.high << 8 | v.low >> 56;
    v.low = v.low << 8 | static_cast<std::uint64_t>(b);
  }
  return v;
}

Result<FieldBits> address_in(const FieldFormat& f, const std::string& text) {
  if (f.text == FieldText::kMac) {
    auto mac = parse_mac(text);
    if (!mac) return forward(mac);
    return bits_of(mac->bytes);
  }
  auto ip = parse_ip(text);
  if (!ip) return forward(ip);
  if (ip->v6 != (f.text == FieldText::kIp6))
    return error(Exit::kUsage, fmt::format("{} is not of the layer's address family", text));
  return bits_of(ip->bytes());
}

}  // namespace

void store_field(std::byte* layer, const FieldFormat& f, FieldBits value) noexcept {
  if (f.bits > 64) {  // such fields are whole bytes
    store_be(layer + f.bit / 8, value.high);
    store_be(layer + f.bit / 8 + 8, value.low);
    return;
  }
  for (unsigned i = 0; i < f.bits; ++i) {
    const unsigned at = f.bit + f.bits - 1u - i;
    const std::byte mask{static_cast<std::uint8_t>(0x80u >> at % 8)};
    std::byte& b = layer[at / 8];
    b = (value.low >> i & 1) != 0 ? b | mask : b & ~mask;
  }
}

FieldBits load_field(const std::byte* layer, const FieldFormat& f) noexcept {
  FieldBits v;
  for (unsigned i = 0; i < f.bits; ++i) {
    const unsigned at = f.bit + i;
    v.high = v.high << 1 | v.low >> 63;
    v.low = v.low << 1 | (static_cast<std::uint64_t>(layer[at / 8]) >> (7 - at % 8) & 1);
  }
  return v;
}

Result<FieldBits> parse_field(const FieldFormat& f, const std::string& text) {
  auto number = number_in(text);
  if (!number && f.text == FieldText::kTcpFlags) number = flags_in(text);
  if (!number && f.text != FieldText::kNumber && f.text != FieldText::kHex && f.text != FieldText::kTcpFlags)
    return address_in(f, text);
  if (!number) return error(Exit::kUsage, fmt::format("'{}' is no value for {}", text, f.name));
  if (*number > field_mask(f.bits)) {
    return error(Exit::kUsage, fmt::format("{} {} is above {}, the most its {} bits hold", f.name, text,
                                           field_mask(f.bits), f.bits));
  }
  return FieldBits{0, *number};
}

std::string field_text(const FieldFormat& f, FieldBits v) {
  switch (f.text) {
    case FieldText::kNumber:
      return std::to_string(v.low);
    case FieldText::kHex:
      return fmt::format("0x{:0{}x}", v.low, (f.bits + 3) / 4);
    case FieldText::kTcpFlags:
      return flags_text(v.low);
    case FieldText::kMac: {
      MacAddress mac;
      for (std::size_t i = 0; i < 6; ++i) mac.bytes[i] = static_cast<std::byte>(v.low >> (40 - 8 * i));
      return to_string(mac);
    }
    case FieldText::kIp4:
    case FieldText::kIp6: {
      IpAddress ip{.v6 = f.text == FieldText::kIp6};
      store_be(ip.storage.data(), ip.v6 ? v.high : v.low << 32);
      store_be(ip.storage.data() + 8, ip.v6 ? v.low : 0);
      return to_string(ip);
    }
  }
  return "";
}

}  // namespace hopcost
