// The packets under way, by their numbers, in the order they were first seen: a ring and an index into it, in
// constant memory. Hot path: noexcept, no allocation after creation. One owner thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "analyzer/match/open_index.h"
#include "wire/packet_identity.h"

namespace hopcost::analyzer {

class PacketTable {
 public:
  /// What the taps saw of a packet, but for the times.
  struct Entry {
    std::uint64_t number = 0;
    std::uint64_t first_ns = 0;  ///< Its first stamp, of whichever tap.
    FlowKey flow;                ///< At the first tap of the path that saw it.
    std::uint32_t bytes = 0;
    std::uint16_t seen = 0;      ///< Bit i: tap i's stamp is there.
    std::uint16_t software = 0;  ///< Bit i: the stamp is of StampKind::kSoftware.
    std::uint8_t lowest = 0;     ///< The tap that `flow` is of.
    bool ambiguous = false;      ///< Some tap saw two packets of this number.
    bool counts = false;
  };

  /// `entries` is rounded up to a power of two, at least 1024. Memory: entries * (96 + 8 * taps) bytes.
  PacketTable(std::size_t taps, std::size_t entries);

  [[nodiscard]] bool empty() const noexcept { return used_ == 0; }
  [[nodiscard]] bool full() const noexcept { return used_ == entries_.size(); }
  /// Null when it is not there.
  [[nodiscard]] Entry* find(std::uint64_t number) noexcept;
  /// A new one; the table is not full and holds none of this number.
  [[nodiscard]] Entry& add(std::uint64_t number) noexcept;
  /// The one first seen before all others. The table is not empty.
  [[nodiscard]] Entry& oldest() noexcept { return entries_[first_]; }
  /// The table is not empty.
  void drop_oldest() noexcept;
  /// Stamps of an entry, one per tap, in ns.
  [[nodiscard]] std::uint64_t* stamps(const Entry& e) noexcept {
    return stamps_.data() + static_cast<std::size_t>(&e - entries_.data()) * taps_;
  }
  /// Forgets all of them.
  void clear() noexcept;
  /// f(Entry&) for each, in the order they were added.
  template <class F>
  void for_each(F&& f) noexcept {
    for (std::size_t n = 0; n < used_; ++n) f(entries_[(first_ + n) & (entries_.size() - 1)]);
  }

 private:
  [[nodiscard]] std::size_t slot_of(std::uint64_t number) const noexcept {
    return index_.slot(number, [&](std::size_t i) { return entries_[i].number == number; });
  }

  std::size_t taps_;
  std::size_t first_ = 0, used_ = 0;
  std::vector<Entry> entries_;
  std::vector<std::uint64_t> stamps_;
  OpenIndex index_;  // of entries_, by number
};

}  // namespace hopcost::analyzer
