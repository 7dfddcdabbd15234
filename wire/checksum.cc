#include "wire/checksum.h"

#include <cstring>

namespace hopcost {

std::uint64_t ones_sum(std::span<const std::byte> bytes) noexcept {
  std::uint64_t sum = 0;
  while (bytes.size() >= sizeof sum) {
    std::uint64_t word;
    std::memcpy(&word, bytes.data(), sizeof word);
    sum = ones_add(sum, word);
    bytes = bytes.subspan(sizeof word);
  }
  std::uint64_t rest = 0;
  if (!bytes.empty()) std::memcpy(&rest, bytes.data(), bytes.size());
  return ones_add(sum, rest);
}

}  // namespace hopcost
