// The sizes of a flow's frames, and how weights become an order that repeats. Set-up code.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace hopcost::pktgen {

/// One size of a mix.
struct SizeShare {
  std::uint32_t size = 64;  ///< With FCS, as RFC 2544 counts.
  std::uint32_t weight = 1;
};

/// The sizes of a flow's frames.
struct SizeSpec {
  std::vector<SizeShare> shares{{}};
  bool random = false;  ///< True: drawn at random by weight; false: in a fixed order that has the weights in
                        ///< each round.
};

/// "594"; "64*7|594*4|1518" weighted; "64..1518" or "64..1518+64" swept up, "1518..64" down; "~" before any
/// of them: random; "imix" is 64*7|594*4|1518, "imix-v6" 84*7|594*4|1518. Errors: kUsage, without the place
/// in the text.
[[nodiscard]] Result<SizeSpec> parse_sizes(const std::string& text);

/// Most entries in an order.
inline constexpr std::uint32_t kMostTurns = 65536;

/// An order of the indices of `weights`, each as often as its weight says and spread as evenly as possible
/// (smooth weighted round robin). Weights are above 0. If their sum, divided by their greatest common
/// divisor, is above kMostTurns, they are rounded to fit; no index drops out.
[[nodiscard]] std::vector<std::uint16_t> interleave(const std::vector<double>& weights);

}  // namespace hopcost::pktgen
