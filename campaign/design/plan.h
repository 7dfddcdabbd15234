// Plans the slots of each build: their kinds, their order, and which taps are open in each. Pure: the same
// seed gives the same plan on every machine. Includes base and the config.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/random.h"
#include "campaign/design/config.h"

namespace hopcost::campaign {

/// Which taps are open besides the ends'.
enum class SlotKind {
  kEnd,  ///< None; these slots decide the costs.
  kHop,  ///< At most one interior tap of each mode; these slots decide where the time goes.
  kAll,  ///< Every tap; shows how single packets travel from tap to tap, but includes the taps' cost.
};

/// One slot of a build.
struct PlannedSlot {
  std::size_t level = 0;
  SlotKind kind = SlotKind::kEnd;
  /// Only for kHop, by mode: the index of the interior point whose tap is open; nothing where none is.
  std::vector<std::optional<std::size_t>> taps = {};
  std::size_t instance = 0;  ///< Of each mode: its packets go through that one.
  double stretch = 1;        ///< So many times as long as the configuration says.
  friend bool operator==(const PlannedSlot&, const PlannedSlot&) = default;
};

class Plan {
 public:
  static constexpr std::size_t kEndSlots = 3;           ///< Fewest kEnd slots of each build and level.
  static constexpr std::size_t kMostHopSlots = 3;       ///< Most kHop slots of each build and level.
  static constexpr std::uint32_t kBuildsAnAllSlot = 2;  ///< One in so many builds has a kAll slot.

  /// `interior`: for each mode, how many points its path has before its end. `instances`: of each mode; at
  /// least 1.
  Plan(std::size_t levels, std::vector<std::size_t> interior, std::size_t instances, std::uint64_t seed);

  /// The slots of the next build, in random order. Each instance has equally many of the slots that decide
  /// costs. All other slots of a build and level go through one instance, which is drawn. Each interior tap
  /// of a mode is opened once before any is opened again; with more taps than hop slots, that takes several
  /// builds.
  [[nodiscard]] std::vector<PlannedSlot> next();

  /// How many kEnd slots each build and level has: kEndSlots, or the next multiple of `instances`.
  [[nodiscard]] static constexpr std::size_t end_slots(std::size_t instances) noexcept {
    return (kEndSlots + instances - 1) / instances * instances;
  }

  /// Mean number of slots for each build and level.
  [[nodiscard]] double slots_a_build() const noexcept;

 private:
  [[nodiscard]] std::optional<std::size_t> deal(std::size_t level, std::size_t mode);

  std::size_t levels_;
  std::vector<std::size_t> interior_;
  std::size_t hop_slots_, instances_, end_slots_;
  Random random_;
  std::uint32_t builds_ = 0;
  /// By level and mode: the taps still to be opened.
  std::vector<std::vector<std::vector<std::optional<std::size_t>>>> decks_;
};

/// How long the packets of a build's end slots take, over all levels, in seconds. Hop slots and kAll slots
/// come on top.
[[nodiscard]] double end_slots_s(const Config& config, std::size_t lanes);

/// How far end slots can be stretched, up to `most`, before those of a level hold as many timed packets as a
/// slot may (kMostTimed).
[[nodiscard]] double most_stretch(const Config& config, std::size_t lanes, double most);

}  // namespace hopcost::campaign
