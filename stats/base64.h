// Base64 with padding (RFC 4648 section 4). Safe from any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace hopcost {

/// The length is a multiple of four; no bytes give an empty string.
[[nodiscard]] std::string base64_encode(std::span<const std::uint8_t> bytes);
/// Strict: no white space, length a multiple of four. Errors: kUsage naming the position.
[[nodiscard]] Result<std::vector<std::uint8_t>> base64_decode(std::string_view text);

}  // namespace hopcost
