#include "hopload/coap/message.h"

#include <fmt/format.h>

#include <algorithm>

namespace hopcost::hopload {
namespace {

constexpr unsigned kVersion = 1, kLongestToken = 8;
constexpr char kPayloadMarker = '\xff';
constexpr unsigned kByteMore = 13, kTwoBytesMore = 14;   // values of a nibble; 15 is for the payload marker
constexpr unsigned kFromByte = 13, kFromTwoBytes = 269;  // offsets added to the extended number

char byte(std::size_t value) noexcept {
  return static_cast<char>(value & 0xffU);
}

unsigned nibble_of(std::size_t value) noexcept {
  if (value < kFromByte) return static_cast<unsigned>(value);
  return value < kFromTwoBytes ? kByteMore : kTwoBytesMore;
}

void put_extension(std::string& out, std::size_t value) {
  if (value >= kFromTwoBytes) {
    out += byte((value - kFromTwoBytes) >> 8U);
    out += byte(value - kFromTwoBytes);
  } else if (value >= kFromByte) {
    out += byte(value - kFromByte);
  }
}

/// The rest of a datagram. When too little is left, a read fails, and so do all later ones.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}
  [[nodiscard]] bool good() const noexcept { return good_; }
  [[nodiscard]] std::size_t left() const noexcept { return bytes_.size(); }
  std::string_view take(std::size_t n) noexcept {
    good_ = good_ && n <= bytes_.size();
    if (!good_) return {};
    const auto taken = bytes_.substr(0, n);
    bytes_.remove_prefix(n);
    return taken;
  }
  /// A number of n bytes, the most significant first.
  unsigned number(std::size_t n) noexcept {
    unsigned value = 0;
    for (const char c : take(n)) value = value << 8U | static_cast<unsigned char>(c);
    return value;
  }
  /// An option's delta or length from its nibble and further bytes.
  unsigned extended(unsigned nibble) noexcept {
    if (nibble == kByteMore) return number(1) + kFromByte;
    if (nibble == kTwoBytesMore) return number(2) + kFromTwoBytes;
    good_ = good_ && nibble < kByteMore;
    return nibble;
  }

 private:
  std::string_view bytes_;
  bool good_ = true;
};

/// Reads the options and the payload. False when they are malformed.
bool read_rest(Reader& in, CoapMessage& m) {
  unsigned number = 0;
  while (in.good() && in.left() > 0) {
    const unsigned head = in.number(1);
    if (head == static_cast<unsigned char>(kPayloadMarker)) {
      if (in.left() == 0) return false;  // section 3: a marker without a payload
      m.payload = in.take(in.left());
      return true;
    }
    number += in.extended(head >> 4U);
    const unsigned length = in.extended(head & 0xfU);
    if (number > 0xffff) return false;
    m.options.push_back({static_cast<std::uint16_t>(number), std::string(in.take(length))});
  }
  return in.good();
}

}  // namespace

std::string coap_code_text(std::uint8_t code) {
  return fmt::format("{}.{:02}", code >> 5U, code & 0x1fU);
}

const std::string* CoapMessage::option(std::uint16_t number) const noexcept {
  const auto at = std::ranges::find(options, number, &CoapOption::number);
  return at == options.end() ? nullptr : &at->value;
}

std::string encode(const CoapMessage& m) {
  std::string out;
  out += byte(kVersion << 6U | static_cast<unsigned>(m.type) << 4U | m.token.size());
  out += byte(m.code);
  out += byte(m.id >> 8U);
  out += byte(m.id);
  out += m.token;
  std::size_t before = 0;
  for (const CoapOption& o : m.options) {
    const std::size_t delta = o.number - before;
    before = o.number;
    out += byte(nibble_of(delta) << 4U | nibble_of(o.value.size()));
    put_extension(out, delta);
    put_extension(out, o.value.size());
    out += o.value;
  }
  if (!m.payload.empty()) out += kPayloadMarker + m.payload;
  return out;
}

std::optional<CoapMessage> decode_coap(std::string_view datagram) {
  Reader in(datagram);
  const unsigned head = in.number(1);
  CoapMessage m{.type = static_cast<CoapType>(head >> 4U & 3U),
                .code = static_cast<std::uint8_t>(in.number(1)),
                .id = static_cast<std::uint16_t>(in.number(2)),
                .token = {},
                .options = {},
                .payload = {}};
  const unsigned token = head & 0xfU;
  if (!in.good() || head >> 6U != kVersion || token > kLongestToken) return std::nullopt;
  m.token = in.take(token);
  if (m.code == kCoapEmpty && (token > 0 || in.left() > 0)) return std::nullopt;  // section 4.1
  if (!read_rest(in, m)) return std::nullopt;
  return m;
}

std::string encode(const CoapBlock& block) {
  const std::uint32_t value =
      block.number << 4U | static_cast<std::uint32_t>(block.more) << 3U | block.size_exponent;
  std::string out;
  if (value > 0xffff) out += byte(value >> 16U);
  if (value > 0xff) out += byte(value >> 8U);
  if (value > 0) out += byte(value);
  return out;
}

std::optional<CoapBlock> decode_block(std::string_view value) {
  if (value.size() > 3) return std::nullopt;
  Reader in(value);
  const unsigned all = in.number(value.size());
  if ((all & 7U) == 7) return std::nullopt;
  return CoapBlock{all >> 4U, (all & 8U) != 0, static_cast<std::uint8_t>(all & 7U)};
}

}  // namespace hopcost::hopload
