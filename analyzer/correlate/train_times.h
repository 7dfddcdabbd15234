// One median a train: where a probe stands in its lane's trains, and the times that a tap saw, by that place.
// Hot path: noexcept, no allocation after creation. One owner thread at a time. Includes nothing of ours.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>
#include <vector>

namespace hopcost::analyzer {

/// How a lane's packets form trains: each of `packets`, of which the first `untimed` are counted and give no
/// time. `packets` 0: no trains, every packet is timed.
struct TrainShape {
  std::uint32_t packets = 0;
  std::uint32_t untimed = 0;  ///< Less than `packets`.
  [[nodiscard]] std::uint32_t timed() const noexcept { return packets - untimed; }
};

/// Finds a sequence's place in its train. It divides once a train, for it remembers the train it found last.
class TrainPlaces {
 public:
  /// Train k holds the sequences from first + k * packets on. Those below `first` are never timed.
  void begin(std::uint64_t first, TrainShape shape) noexcept {
    first_ = start_ = first;
    index_ = 0;
    packets_ = shape.packets == 0 ? kEndless : shape.packets;
    untimed_ = shape.untimed;
    timed_ = packets_ - untimed_;
  }
  /// The sequence's place in its train, from 0. Call it before timed() and index() of that place.
  [[nodiscard]] std::uint64_t place(std::uint64_t sequence) noexcept {
    const std::uint64_t place = sequence - start_;
    return place < packets_ ? place : enter_train(sequence);
  }
  /// Whether a place gives a time.
  [[nodiscard]] bool timed(std::uint64_t place) const noexcept { return place - untimed_ < timed_; }
  /// Number of a timed place among all timed places of the lane.
  [[nodiscard]] std::uint64_t index(std::uint64_t place) const noexcept { return index_ + place - untimed_; }

 private:
  static constexpr std::uint64_t kEndless = std::uint64_t{1} << 63;
  static constexpr std::uint64_t kNoPlace = ~std::uint64_t{0};  // not timed, whatever the shape
  [[gnu::noinline]] std::uint64_t enter_train(std::uint64_t sequence) noexcept;

  std::uint64_t first_ = 0, start_ = 0;  // of the lane, of the train found last
  std::uint64_t packets_ = kEndless, untimed_ = 0, timed_ = kEndless;
  std::uint64_t index_ = 0;  // of the train's first timed place
};

/// What one tap saw of one lane. Differences of two clocks: any sign.
class TrainTimes {
 public:
  /// Timed packets of a slot that are kept; eight bytes each. Only the pages in use take memory.
  static constexpr std::size_t kMost = std::size_t{1} << 15;

  /// Out of memory is std::bad_alloc.
  TrainTimes();

  /// The time of the packet at TrainPlaces::index(). What is beyond kMost is dropped.
  void put(std::uint64_t index, std::int64_t ns) noexcept {
    if (index >= kMost) [[unlikely]]
      return;
    times_[index] = static_cast<std::uint64_t>(ns) ^ kSign;
    if (index >= used_) used_ = index + 1;
  }
  /// Forgets all times.
  void reset() noexcept;

  /// A median for each of the trains that `sent` packets made, ns. A packet without a time counts as plus
  /// infinity. Of an even number it is the mean of the two in the middle. Infinite where half of the timed
  /// packets or more are missing, or where none of the train's is timed.
  [[nodiscard]] std::vector<double> medians(std::uint64_t sent, TrainShape shape) const;
  /// The time of each timed packet of those that `sent` packets made, ns, in order; nothing for one that was
  /// not seen.
  [[nodiscard]] std::vector<std::optional<std::int64_t>> times(std::uint64_t sent, TrainShape shape) const;

 private:
  struct Free {
    void operator()(std::uint64_t* p) const noexcept { std::free(p); }
  };
  static constexpr std::uint64_t kSign = std::uint64_t{1} << 63;

  // In the order of the times; 0 is a packet that was not seen, so that fresh pages hold none.
  std::unique_ptr<std::uint64_t[], Free> times_;
  std::size_t used_ = 0;
};

/// Packets that a slot of such trains may have: TrainTimes::kMost of them timed.
[[nodiscard]] std::uint64_t most_packets(TrainShape shape) noexcept;

}  // namespace hopcost::analyzer
