// HdrHistogram's V2 encoding with zlib compression, as the reference encodeIntoCompressedByteBuffer writes
// it, plain or in base64. The overflow count is not part of it. Safe from any thread. Includes only base/ and
// the histogram.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "stats/hdr_histogram.h"

namespace hopcost {

/// All integers big-endian: cookie 0x1c849314, length, then a zlib stream of: cookie 0x1c849313, payload
/// length, normalising offset 0, digits, lowest (64), highest (64), ratio 1.0 (IEEE 754 64), and the payload:
/// ZigZag LEB128 numbers of at most 9 bytes, a positive one a count, a negative one that many steps without a
/// count.
[[nodiscard]] std::vector<std::uint8_t> encode_compressed(const HdrHistogram& histogram);

/// Safe for bytes of untrusted origin: memory stays below 120 MB (5 digits over 63 bits; 0.6 MB for the
/// default layout). Errors: kUsage saying what is wrong with the bytes.
[[nodiscard]] Result<HdrHistogram> decode_compressed(std::span<const std::uint8_t> bytes);

/// The same in base64, as one field of an interval log.
[[nodiscard]] std::string encode_base64(const HdrHistogram& histogram);
/// Reads text of encode_base64() or of another implementation. Errors: as decode_compressed() and
/// base64_decode().
[[nodiscard]] Result<HdrHistogram> decode_base64(std::string_view text);

}  // namespace hopcost
