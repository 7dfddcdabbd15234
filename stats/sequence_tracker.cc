#include "stats/sequence_tracker.h"

#include <algorithm>
#include <bit>

namespace hopcost {

SequenceTracker::SequenceTracker(std::uint64_t first_sequence, std::size_t window)
    : seen_(std::bit_ceil(std::max<std::size_t>(window, 64)) / 64),
      mask_(seen_.size() * 64 - 1),
      first_(first_sequence),
      next_expected_(first_sequence) {}

void SequenceTracker::add_counts(const SequenceTracker& other) noexcept {
  in_order_ += other.in_order_;
  reordered_ += other.reordered_;
  duplicates_ += other.duplicates_;
  stale_ += other.stale_;
  next_expected_ = std::max(next_expected_, other.next_expected_);
  largest_distance_ = std::max(largest_distance_, other.largest_distance_);
}

void SequenceTracker::reset(std::uint64_t first_sequence) noexcept {
  std::fill(seen_.begin(), seen_.end(), 0);
  first_ = next_expected_ = first_sequence;
  in_order_ = reordered_ = duplicates_ = stale_ = largest_distance_ = 0;
}

// The numbers in between have not arrived: clears their bits, which are left from a window ago.
void SequenceTracker::skip_to(std::uint64_t sequence) noexcept {
  if (sequence - next_expected_ > mask_) {
    std::fill(seen_.begin(), seen_.end(), 0);
    return;
  }
  std::uint64_t at = next_expected_;
  for (; at < sequence && (at & 63) != 0; ++at) word(at) &= ~bit(at);
  for (; at + 64 <= sequence; at += 64) word(at) = 0;
  for (; at < sequence; ++at) word(at) &= ~bit(at);
}

SequenceTracker::Verdict SequenceTracker::see_out_of_line(std::uint64_t sequence) noexcept {
  if (sequence > next_expected_) {
    skip_to(sequence);
    word(sequence) |= bit(sequence);
    next_expected_ = sequence + 1;
    ++in_order_;
    return Verdict::kInOrder;
  }
  const std::uint64_t behind = next_expected_ - sequence;  // 1 for the largest number seen
  if (sequence < first_ || behind > mask_ + 1) {
    ++stale_;
    return Verdict::kStale;
  }
  if ((word(sequence) & bit(sequence)) != 0) {
    ++duplicates_;
    return Verdict::kDuplicate;
  }
  word(sequence) |= bit(sequence);
  ++reordered_;
  largest_distance_ = std::max(largest_distance_, behind - 1);
  return Verdict::kReordered;
}

}  // namespace hopcost
