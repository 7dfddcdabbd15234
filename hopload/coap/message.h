// Encodes and decodes CoAP messages (RFC 7252 section 3) and block options (RFC 7959 section 2.2). Pure; any
// thread. Includes nothing of ours.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hopcost::hopload {

/// With the values of the header, 0 to 3.
enum class CoapType : std::uint8_t { kConfirmable, kNonConfirmable, kAcknowledgement, kReset };

/// "2.04" is coap_code(2, 4); requests have class 0.
[[nodiscard]] constexpr std::uint8_t coap_code(unsigned of_class, unsigned detail) noexcept {
  return static_cast<std::uint8_t>(of_class << 5U | detail);
}
/// The code as people write it: "4.04".
[[nodiscard]] std::string coap_code_text(std::uint8_t code);

inline constexpr std::uint8_t kCoapEmpty = 0, kCoapGet = coap_code(0, 1), kCoapPut = coap_code(0, 3),
                              kCoapContinue = coap_code(2, 31);
inline constexpr std::uint16_t kCoapUriPath = 11, kCoapBlock2 = 23, kCoapBlock1 = 27;

/// One option; `number` as in IANA's registry.
struct CoapOption {
  std::uint16_t number = 0;
  std::string value;
};

/// One message; passive data.
struct CoapMessage {
  CoapType type = CoapType::kConfirmable;
  std::uint8_t code = kCoapEmpty;
  std::uint16_t id = 0;             ///< Message ID, which matches acknowledgements to messages.
  std::string token;                ///< Up to 8 bytes; matches responses to requests.
  std::vector<CoapOption> options;  ///< In ascending order of number.
  std::string payload;
  /// The first option of that number, or nothing.
  [[nodiscard]] const std::string* option(std::uint16_t number) const noexcept;
};

/// The message as a datagram.
[[nodiscard]] std::string encode(const CoapMessage& message);
/// Nothing when the datagram is no message of RFC 7252.
[[nodiscard]] std::optional<CoapMessage> decode_coap(std::string_view datagram);

/// A block option's value: which part of a body a message carries.
struct CoapBlock {
  std::uint32_t number = 0;  ///< The block's number, in blocks of this size; below 2^20.
  bool more = false;
  std::uint8_t size_exponent = 6;  ///< 0 to 6.
  [[nodiscard]] std::size_t size() const noexcept { return std::size_t{16} << size_exponent; }
};

/// The option's value: 0 to 3 bytes, as few as possible.
[[nodiscard]] std::string encode(const CoapBlock& block);
/// Nothing for more than 3 bytes, or the reserved exponent 7.
[[nodiscard]] std::optional<CoapBlock> decode_block(std::string_view value);

}  // namespace hopcost::hopload
