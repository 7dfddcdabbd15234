// What the slots of a build are, in which order, and which taps are open in each. Pure: the same seed gives
// the same plan on every machine. Includes base and the config.
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
  kEnd,  ///< None: decides the costs.
  kHop,  ///< One interior tap a mode at most: decides where the time goes.
  kAll,  ///< Every tap: what packets do between them, one by one, at the price of watching.
};

/// One slot of a build.
struct PlannedSlot {
  std::size_t level = 0;
  SlotKind kind = SlotKind::kEnd;
  /// By mode: the index of the interior point whose tap is open; nothing where none is. Of hop slots alone.
  std::vector<std::optional<std::size_t>> taps = {};
  friend bool operator==(const PlannedSlot&, const PlannedSlot&) = default;
};

class Plan {
 public:
  static constexpr std::size_t kEndSlots = 3;  ///< Of a build and level.
  static constexpr std::size_t kMostHopSlots = 3;
  static constexpr std::uint32_t kBuildsAnAllSlot = 2;  ///< Each so manyth build has one with all taps.

  /// `interior`: by mode, how many points its path has before its end.
  Plan(std::size_t levels, std::vector<std::size_t> interior, std::uint64_t seed);

  /// The slots of the next build, in random order. Each mode's interior taps are opened in turn, each once
  /// before any of them is opened again. With more taps than hop slots that takes several builds.
  [[nodiscard]] std::vector<PlannedSlot> next();

  /// Slots of a build and level, in the mean.
  [[nodiscard]] double slots_a_build() const noexcept;

 private:
  [[nodiscard]] std::optional<std::size_t> deal(std::size_t level, std::size_t mode);

  std::size_t levels_;
  std::vector<std::size_t> interior_;
  std::size_t hop_slots_;
  Random random_;
  std::uint32_t builds_ = 0;
  /// By level and mode: what is still to be opened.
  std::vector<std::vector<std::vector<std::optional<std::size_t>>>> decks_;
};

/// How long the packets of a build that decide costs take, over all levels, in seconds. Its other slots may
/// take as long again.
[[nodiscard]] double end_slots_s(const Config& config, std::size_t lanes);

}  // namespace hopcost::campaign
