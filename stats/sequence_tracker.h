// Which packets arrived, which are missing, and which came twice or late: accounting of one flow's sequence
// numbers in bounded memory. One owner thread; see() allocates nothing. Shared by pktgen's receiver and the
// analyzer. Includes nothing of ours.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace hopcost {

/// Reordering is RFC 4737's Type-P-Reordered: a packet is reordered when its number is below NextExp, one
/// more than the largest number seen. The first copy of a packet to arrive counts; the others are duplicates
/// and never reordered. This is exact for packets at most `window` numbers behind the largest seen. Older
/// ones are stale: whether late or a copy is not known.
class SequenceTracker {
 public:
  /// What an arrival was.
  enum class Verdict : std::uint8_t {
    kInOrder,
    kReordered,
    kDuplicate,
    kStale,  ///< Behind the window, or below the first sequence.
  };
  static constexpr std::size_t kDefaultWindow = 65536;

  /// `first_sequence` is the first number expected. `window` in packets is rounded up to a power of two, at
  /// least 64; one bit of memory each (8 KiB by default).
  explicit SequenceTracker(std::uint64_t first_sequence = 0, std::size_t window = kDefaultWindow);

  /// Accounts one arrival.
  Verdict see(std::uint64_t sequence) noexcept {
    if (sequence == next_expected_) [[likely]] {
      word(sequence) |= bit(sequence);
      ++next_expected_;
      ++in_order_;
      return Verdict::kInOrder;
    }
    return see_out_of_line(sequence);
  }

  /// Forgets all arrivals and starts over with the same window.
  void reset(std::uint64_t first_sequence = 0) noexcept;

  /// Adds the counts of a tracker with the same first sequence. For results only: a packet of which both saw
  /// a copy counts twice as received, and each judged order by its own arrivals.
  void add_counts(const SequenceTracker& other) noexcept;

  /// All arrivals, copies and stale ones included.
  [[nodiscard]] std::uint64_t arrivals() const noexcept {
    return in_order_ + reordered_ + duplicates_ + stale_;
  }
  /// Different packets that arrived, stale ones left out.
  [[nodiscard]] std::uint64_t received() const noexcept { return in_order_ + reordered_; }
  [[nodiscard]] std::uint64_t in_order() const noexcept { return in_order_; }
  [[nodiscard]] std::uint64_t reordered() const noexcept { return reordered_; }
  [[nodiscard]] std::uint64_t duplicates() const noexcept { return duplicates_; }
  /// Arrivals of verdict kStale. received() may be too low, and lost() too high, by up to this number.
  [[nodiscard]] std::uint64_t stale() const noexcept { return stale_; }
  /// Packets of `sent` (numbered from the first sequence on) that did not arrive.
  [[nodiscard]] std::uint64_t lost(std::uint64_t sent) const noexcept {
    return sent > received() ? sent - received() : 0;
  }
  /// RFC 4737's NextExp.
  [[nodiscard]] std::uint64_t next_expected() const noexcept { return next_expected_; }
  /// The furthest a reordered packet was behind the largest number seen, in packets; 0 when none was.
  [[nodiscard]] std::uint64_t largest_distance() const noexcept { return largest_distance_; }

 private:
  Verdict see_out_of_line(std::uint64_t sequence) noexcept;
  void skip_to(std::uint64_t sequence) noexcept;
  [[nodiscard]] std::uint64_t& word(std::uint64_t sequence) noexcept {
    return seen_[(sequence & mask_) >> 6];
  }
  [[nodiscard]] static std::uint64_t bit(std::uint64_t sequence) noexcept {
    return std::uint64_t{1} << (sequence & 63);
  }

  std::vector<std::uint64_t>
      seen_;  // ring: bit (sequence mod window) is meaningful for the last `window` numbers
  std::uint64_t mask_;
  std::uint64_t first_;
  std::uint64_t next_expected_;
  std::uint64_t in_order_ = 0, reordered_ = 0, duplicates_ = 0, stale_ = 0;
  std::uint64_t largest_distance_ = 0;
};

}  // namespace hopcost
