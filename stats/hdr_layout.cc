#include "stats/hdr_layout.h"

#include <algorithm>
#include <string>

namespace hopcost {
namespace {

constexpr std::uint64_t kLargestValue =
    (std::uint64_t{1} << 63) - 1;  // the reference keeps values in signed 64 bits

std::uint32_t buckets_for(const HdrLayout& l) {
  std::uint64_t untracked = std::uint64_t{l.sub_bucket_count} << l.unit_magnitude;
  std::uint32_t buckets = 1;
  while (untracked <= l.highest) {
    if (untracked > kLargestValue / 2) return buckets + 1;
    untracked <<= 1;
    ++buckets;
  }
  return buckets;
}

}  // namespace

Result<HdrLayout> HdrLayout::make(std::uint64_t lowest, std::uint64_t highest, int digits) {
  if (digits < 1 || digits > 5)
    return error(Exit::kUsage, "histogram digits " + std::to_string(digits) + " is not in 1..5");
  if (lowest < 1 || lowest > kLargestValue / 2)
    return error(Exit::kUsage, "histogram lowest value " + std::to_string(lowest) + " is not in 1..2^62");
  if (highest < 2 * lowest || highest > kLargestValue)
    return error(Exit::kUsage,
                 "histogram highest value " + std::to_string(highest) + " is not in 2 * lowest..2^63 - 1");

  HdrLayout l{.lowest = lowest, .highest = highest, .digits = digits};
  std::uint64_t single_unit = 2;  // values up to 2 * 10^digits are told apart to one unit
  for (int i = 0; i < digits; ++i) single_unit *= 10;
  const int sub_magnitude = std::max(static_cast<int>(std::bit_width(single_unit - 1)), 1);
  l.unit_magnitude = static_cast<int>(std::bit_width(lowest)) - 1;
  if (l.unit_magnitude + sub_magnitude > 62)
    return error(Exit::kUsage, "histogram lowest value " + std::to_string(lowest) + " leaves no room for " +
                                   std::to_string(digits) + " digits below 2^63");
  l.half_magnitude = sub_magnitude - 1;
  l.sub_bucket_count = std::uint32_t{1} << sub_magnitude;
  l.sub_bucket_mask = (std::uint64_t{l.sub_bucket_count} - 1) << l.unit_magnitude;
  l.bucket_count = buckets_for(l);
  l.array_length = (l.bucket_count + 1) * (l.sub_bucket_count / 2);
  return l;
}

}  // namespace hopcost
