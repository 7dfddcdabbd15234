// Which lane sends next when several take turns in trains. The order follows from a seed, so it can be
// reproduced. Pure; one owner thread; allocates only in the constructor.
#pragma once

#include <cstddef>
#include <cstdint>
#include <numeric>
#include <vector>

#include "base/random.h"

namespace hopcost::pktgen {

/// Longest train.
inline constexpr std::uint32_t kMaxTrain = 65536;

/// How lanes take turns.
struct TurnSpec {
  std::uint32_t train = 16;  ///< Departures in a row of one lane, 1..kMaxTrain.
  bool mirrored = true;      ///< Each round also goes through its order backwards.
  std::uint64_t seed = 1;
};

/// A round is one train of every lane in random order. A mirrored round goes through the same order backwards
/// after that. So each lane has a pair of trains whose middle is the round's middle, and a linear drift
/// within the round falls on all lanes alike.
///
/// The order of a round: lanes 0, 1, .. n - 1, shuffled (Fisher and Yates, as Durstenfeld has it) from the
/// end: for i = n - 1 down to 1 swap places i and j, where j = (bits >> 32) * (i + 1) >> 32 of the next 64
/// bits of Random(seed) (base/random.h). So a round takes n - 1 draws, and no others are made. The
/// probabilities of j are uneven by less than n / 2^32.
class Turns {
 public:
  /// At least one lane.
  Turns(std::size_t lanes, const TurnSpec& spec)
      : spec_(spec), order_(lanes), trains_(spec.mirrored ? 2 * lanes : lanes), random_(spec.seed) {
    draw();
  }

  /// The lane of the current departure.
  [[nodiscard]] std::size_t lane() const noexcept {
    const std::size_t n = order_.size();
    return order_[at_ < n ? at_ : 2 * n - 1 - at_];
  }
  /// Whether the current departure is the first of its train; train_ends(): the last.
  [[nodiscard]] bool train_begins() const noexcept { return done_ == 0; }
  [[nodiscard]] bool train_ends() const noexcept { return done_ + 1 == spec_.train; }
  /// Whether the current departure is the first of a round. A run may end only before such a departure.
  [[nodiscard]] bool round_begins() const noexcept { return at_ == 0 && done_ == 0; }
  /// Goes on to the next departure.
  void advance() noexcept {
    if (++done_ < spec_.train) return;
    done_ = 0;
    if (++at_ < trains_) return;
    at_ = 0;
    draw();
  }

  /// Departures in a round, of all lanes together.
  [[nodiscard]] static std::uint64_t round(std::size_t lanes, const TurnSpec& spec) noexcept {
    return std::uint64_t{spec.train} * lanes * (spec.mirrored ? 2 : 1);
  }

 private:
  void draw() noexcept {
    std::iota(order_.begin(), order_.end(), std::size_t{0});
    random_.shuffle(order_);
  }

  TurnSpec spec_;
  std::vector<std::size_t> order_;
  std::size_t trains_;  // of a round
  std::size_t at_ = 0;  // which of them
  std::uint32_t done_ = 0;
  Random random_;
};

/// The turns of a single lane; compiles to nothing.
struct OneLane {
  [[nodiscard]] static constexpr std::size_t lane() noexcept { return 0; }
  [[nodiscard]] static constexpr bool train_begins() noexcept { return false; }
  [[nodiscard]] static constexpr bool train_ends() noexcept { return false; }
  [[nodiscard]] static constexpr bool round_begins() noexcept { return true; }
  static constexpr void advance() noexcept {}
};

}  // namespace hopcost::pktgen
