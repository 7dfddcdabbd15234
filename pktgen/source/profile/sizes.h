// The sizes of a flow's frames, and how weighted shares become an order that repeats. Set-up code.
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
  bool random = false;  ///< Drawn by weight; else in a fixed order that keeps the weights over each round.
};

/// "594"; "64*7|594*4|1518" weighted; "64..1518" or "64..1518+64" swept up, "1518..64" down; "~" before any
/// of them: random; "imix" is 64*7|594*4|1518, "imix-v6" 84*7|594*4|1518. Errors: kUsage, no place.
[[nodiscard]] Result<SizeSpec> parse_sizes(const std::string& text);

/// Most entries of an order.
inline constexpr std::uint32_t kMostTurns = 65536;

/// 0..weights.size()-1, each as often as its weight says and as evenly as can be (smooth weighted round
/// robin). Weights above 0. When they, divided by their greatest common divisor, sum to more than kMostTurns
/// they are rounded to that; none vanishes.
[[nodiscard]] std::vector<std::uint16_t> interleave(const std::vector<double>& weights);

}  // namespace hopcost::pktgen
