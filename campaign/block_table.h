// Slots arranged by path, kind and block: what every contrast within a block is read from. Includes base,
// stats.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "campaign/slot.h"

namespace hopcost::campaign {

/// Views the slots it was made of; they must outlive it.
class BlockTable {
 public:
  /// Reads one figure off a slot.
  using Statistic = std::function<double(const SlotResult&)>;

  explicit BlockTable(const std::vector<SlotResult>& slots);

  [[nodiscard]] std::uint32_t blocks() const noexcept { return blocks_; }

  /// Slots of a path and kind that count, by time.
  [[nodiscard]] std::vector<const SlotResult*> counted(std::size_t path, SlotKind kind) const;
  /// The same of one block.
  [[nodiscard]] std::vector<const SlotResult*> counted(std::size_t path, SlotKind kind,
                                                       std::uint32_t block) const;
  /// All slots of a path, void or not.
  [[nodiscard]] std::vector<const SlotResult*> all(std::size_t path) const;

  /// The mean of a statistic over both of a block's mirrored slots; nothing unless both count, because one
  /// alone stands before or after the block's middle and carries its drift.
  [[nodiscard]] std::optional<double> in_block(std::size_t path, SlotKind kind, std::uint32_t block,
                                               const Statistic& statistic) const;

  /// in_block over all blocks that have it.
  [[nodiscard]] std::vector<double> series(std::size_t path, SlotKind kind, const Statistic& statistic) const;

  /// Differences a - b of the blocks that have both.
  [[nodiscard]] std::vector<double> differences(std::size_t a, std::size_t b, SlotKind kind,
                                                const Statistic& statistic) const;

 private:
  const std::vector<SlotResult>& slots_;
  std::uint32_t blocks_ = 0;
};

/// Median of the end-to-end times, finer than the clock's step.
[[nodiscard]] double median_of(const SlotResult& slot);
/// Mean of the end-to-end times, 5 % taken off each end.
[[nodiscard]] double mean_of(const SlotResult& slot);

/// Share taken off each end before a mean is formed.
inline constexpr double kTrim = 0.05;

}  // namespace hopcost::campaign
