// From keys to places in an array that holds them: a hash table of indices alone, with linear probing, half
// full at most. noexcept, no allocation after creation.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace hopcost::analyzer {

class OpenIndex {
 public:
  /// For so many keys at once, fewer than 2^31.
  explicit OpenIndex(std::size_t keys) : slots_(2 * std::bit_ceil(keys)) {}

  /// The slot of the key, or the free slot where it would go. `is(i)` says whether the array's i-th has the
  /// key.
  template <class Is>
  [[nodiscard]] std::size_t slot(std::uint64_t hash, Is&& is) const noexcept {
    std::size_t at = home(hash);
    while (slots_[at] != 0 && !is(slots_[at] - 1)) at = next(at);
    return at;
  }
  /// Whether no key stands there.
  [[nodiscard]] bool is_free(std::size_t slot) const noexcept { return slots_[slot] == 0; }
  /// Place in the array. The slot is not free.
  [[nodiscard]] std::size_t operator[](std::size_t slot) const noexcept { return slots_[slot] - 1; }
  /// From now on the slot leads to the array's i-th.
  void set(std::size_t slot, std::size_t i) noexcept { slots_[slot] = static_cast<std::uint32_t>(i + 1); }

  /// Frees a slot and moves up those behind it that had to give way (Knuth, TAOCP 6.4, algorithm R).
  /// `hash_of(i)` is of the key of the array's i-th.
  template <class HashOf>
  void forget(std::size_t hole, HashOf&& hash_of) noexcept {
    for (std::size_t at = next(hole); slots_[at] != 0; at = next(at)) {
      const std::size_t wanted = home(hash_of(slots_[at] - 1));
      if (((at - wanted) & mask()) < ((at - hole) & mask())) continue;
      slots_[hole] = slots_[at];
      hole = at;
    }
    slots_[hole] = 0;
  }
  /// Frees all slots.
  void clear() noexcept { std::ranges::fill(slots_, 0u); }

 private:
  [[nodiscard]] std::size_t mask() const noexcept { return slots_.size() - 1; }
  [[nodiscard]] std::size_t home(std::uint64_t hash) const noexcept { return hash & mask(); }
  [[nodiscard]] std::size_t next(std::size_t at) const noexcept { return (at + 1) & mask(); }

  std::vector<std::uint32_t> slots_;  // place plus 1, or 0
};

}  // namespace hopcost::analyzer
