// Which lane sends next, when several take turns in trains. Drawn from a seed: who has the seed can draw the
// same order again. Pure; one owner thread; allocates when made and never after.
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
  std::uint32_t train = 16;  ///< Departures of a lane in a row, 1..kMaxTrain.
  bool mirrored = true;      ///< Each round's order is gone through backwards as well.
  std::uint64_t seed = 1;
};

/// A round is one train of every lane in random order; mirrored, the same backwards behind it, so that each
/// lane has a pair of trains whose middle is the round's middle: a drift within the round falls on all lanes
/// alike.
///
/// The order of a round: lanes 0, 1, .. n - 1, shuffled (Fisher and Yates, as Durstenfeld has it) from the
/// end: for i = n - 1 down to 1 swap places i and j, where j = (bits >> 32) * (i + 1) >> 32 of the next 64
/// bits of Random(seed) (base/random.h). A round so takes n - 1 draws, and no other draws are made. j is
/// uneven by less than n / 2^32.
class Turns {
 public:
  /// At least one lane.
  Turns(std::size_t lanes, const TurnSpec& spec)
      : spec_(spec), order_(lanes), trains_(spec.mirrored ? 2 * lanes : lanes), random_(spec.seed) {
    draw();
  }

  /// The lane whose train is at hand.
  [[nodiscard]] std::size_t lane() const noexcept {
    const std::size_t n = order_.size();
    return order_[at_ < n ? at_ : 2 * n - 1 - at_];
  }
  /// The departure at hand is the first, or the last, of its train.
  [[nodiscard]] bool train_begins() const noexcept { return done_ == 0; }
  [[nodiscard]] bool train_ends() const noexcept { return done_ + 1 == spec_.train; }
  /// The departure at hand is the first of a round: a run ends here.
  [[nodiscard]] bool round_begins() const noexcept { return at_ == 0 && done_ == 0; }
  /// Goes on to the next departure.
  void advance() noexcept {
    if (++done_ < spec_.train) return;
    done_ = 0;
    if (++at_ < trains_) return;
    at_ = 0;
    draw();
  }

  /// Departures of a round of all lanes.
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

/// One lane that sends all the time: nothing of it is left after compilation.
struct OneLane {
  [[nodiscard]] static constexpr std::size_t lane() noexcept { return 0; }
  [[nodiscard]] static constexpr bool train_begins() noexcept { return false; }
  [[nodiscard]] static constexpr bool train_ends() noexcept { return false; }
  [[nodiscard]] static constexpr bool round_begins() noexcept { return true; }
  static constexpr void advance() noexcept {}
};

}  // namespace hopcost::pktgen
