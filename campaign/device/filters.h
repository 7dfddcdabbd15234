// Packet filters in a device that is built, made with nftables: RFC 2544 section 11.4. Set-up only. Includes
// base, nsglue.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace hopcost::campaign {

/// How many filters a modifier of kModifiers stands for; 0 when it is not about filters.
[[nodiscard]] std::uint32_t filters_of(const std::string& modifier);

/// Source and destination network of a stream: "198.18.0.0/16", "2001:2::/49".
struct Stream {
  std::string from, to;
};

/// Puts `count` (at least 1) filters on what the node `netns` forwards; it must forward without filters
/// before. All but the last block pairs of addresses that no stream has (those of appendix C, on the near
/// side only). The last lets the first stream pass, and each further stream gets one more filter. What no
/// filter lets pass is blocked. Gives the filters in nft(8)'s syntax. Errors: the kernel's.
[[nodiscard]] Result<std::vector<std::string>> add_filters(const std::string& netns, std::uint32_t count,
                                                           const std::vector<Stream>& streams);

}  // namespace hopcost::campaign
