#include "analyzer/match/packet_table.h"

#include <algorithm>
#include <bit>

namespace hopcost::analyzer {

PacketTable::PacketTable(std::size_t taps, std::size_t entries) : taps_(taps) {
  const std::size_t n = std::bit_ceil(std::max<std::size_t>(entries, 1024));
  entries_.resize(n);
  stamps_.resize(n * taps);
  index_.resize(2 * n);
  index_mask_ = 2 * n - 1;
}

/// Where the number stands in the index, or the free place where it would.
std::size_t PacketTable::place(std::uint64_t number) const noexcept {
  std::size_t at = home(number);
  while (index_[at] != 0 && entries_[index_[at] - 1].number != number) at = (at + 1) & index_mask_;
  return at;
}

PacketTable::Entry* PacketTable::find(std::uint64_t number) noexcept {
  const std::size_t at = place(number);
  return index_[at] == 0 ? nullptr : &entries_[index_[at] - 1];
}

PacketTable::Entry& PacketTable::add(std::uint64_t number) noexcept {
  const std::size_t i = (first_ + used_++) & (entries_.size() - 1);
  entries_[i] = {};
  entries_[i].number = number;
  index_[place(number)] = static_cast<std::uint32_t>(i + 1);
  return entries_[i];
}

void PacketTable::drop_oldest() noexcept {
  forget(place(oldest().number));
  first_ = (first_ + 1) & (entries_.size() - 1);
  --used_;
}

/// Frees a place of the index and moves up those behind it that had to give way (Knuth, TAOCP 6.4,
/// algorithm R).
void PacketTable::forget(std::size_t hole) noexcept {
  for (std::size_t at = (hole + 1) & index_mask_; index_[at] != 0; at = (at + 1) & index_mask_) {
    const std::size_t wanted = home(entries_[index_[at] - 1].number);
    if (((at - wanted) & index_mask_) < ((at - hole) & index_mask_)) continue;
    index_[hole] = index_[at];
    hole = at;
  }
  index_[hole] = 0;
}

void PacketTable::clear() noexcept {
  std::ranges::fill(index_, 0u);
  first_ = used_ = 0;
}

}  // namespace hopcost::analyzer
