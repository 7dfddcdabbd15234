// Packet filters in a device that is built, by nftables: RFC 2544 section 11.4. Set-up only. Includes base,
// nsglue.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace hopcost::campaign {

/// How many filters a modifier of kModifiers is; 0 of another one.
[[nodiscard]] std::uint32_t filters_of(const std::string& modifier);

/// Source and destination network of a stream: "198.18.0.0/16", "2001:2::/49".
struct Stream {
  std::string from, to;
};

/// So many filters on what the node `netns` forwards: all but the last block pairs of addresses that no
/// stream has (appendix C's, which are on the near side alone), and the last lets the first stream pass; each
/// further stream has one more behind it. What no filter lets pass is blocked. The node forwards without
/// filters before. `count`: 1 on. Gives the filters in nft(8)'s words. Errors: the kernel's.
[[nodiscard]] Result<std::vector<std::string>> add_filters(const std::string& netns, std::uint32_t count,
                                                           const std::vector<Stream>& streams);

}  // namespace hopcost::campaign
