#include "analyzer/match/packet_table.h"

#include <algorithm>
#include <bit>

namespace hopcost::analyzer {

PacketTable::PacketTable(std::size_t taps, std::size_t entries)
    : taps_(taps),
      entries_(std::bit_ceil(std::max<std::size_t>(entries, 1024))),
      stamps_(entries_.size() * taps),
      index_(entries_.size()) {}

PacketTable::Entry* PacketTable::find(std::uint64_t number) noexcept {
  const std::size_t slot = slot_of(number);
  return index_.is_free(slot) ? nullptr : &entries_[index_[slot]];
}

PacketTable::Entry& PacketTable::add(std::uint64_t number) noexcept {
  const std::size_t i = (first_ + used_++) & (entries_.size() - 1);
  entries_[i] = {};
  entries_[i].number = number;
  index_.set(slot_of(number), i);
  return entries_[i];
}

void PacketTable::drop_oldest() noexcept {
  index_.forget(slot_of(oldest().number), [&](std::size_t i) { return entries_[i].number; });
  first_ = (first_ + 1) & (entries_.size() - 1);
  --used_;
}

void PacketTable::clear() noexcept {
  index_.clear();
  first_ = used_ = 0;
}

}  // namespace hopcost::analyzer
