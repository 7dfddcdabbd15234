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
  friend bool operator==(const PlannedSlot&, const PlannedSlot&) = default;
};

class Plan {
 public:
  static constexpr std::size_t kEndSlots = 3;           ///< kEnd slots of each build and level.
  static constexpr std::size_t kMostHopSlots = 3;       ///< Most kHop slots of each build and level.
  static constexpr std::uint32_t kBuildsAnAllSlot = 2;  ///< One in so many builds has a kAll slot.

  /// `interior`: for each mode, how many points its path has before its end.
  Plan(std::size_t levels, std::vector<std::size_t> interior, std::uint64_t seed);

  /// The slots of the next build, in random order. Each interior tap of a mode is opened once before any is
  /// opened again; with more taps than hop slots, that takes several builds.
  [[nodiscard]] std::vector<PlannedSlot> next();

  /// Mean number of slots for each build and level.
  [[nodiscard]] double slots_a_build() const noexcept;

 private:
  [[nodiscard]] std::optional<std::size_t> deal(std::size_t level, std::size_t mode);

  std::size_t levels_;
  std::vector<std::size_t> interior_;
  std::size_t hop_slots_;
  Random random_;
  std::uint32_t builds_ = 0;
  /// By level and mode: the taps still to be opened.
  std::vector<std::vector<std::vector<std::optional<std::size_t>>>> decks_;
};

/// How long the packets of a build's end slots take, over all levels, in seconds. Hop slots and kAll slots
/// come on top.
[[nodiscard]] double end_slots_s(const Config& config, std::size_t lanes);

}  // namespace hopcost::campaign
