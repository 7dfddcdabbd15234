#include "campaign/design/plan.h"

#include <algorithm>
#include <utility>

#include "campaign/design/slot_length.h"

namespace hopcost::campaign {

Plan::Plan(std::size_t levels, std::vector<std::size_t> interior, std::size_t instances, std::uint64_t seed)
    : levels_(levels),
      interior_(std::move(interior)),
      hop_slots_(std::min(kMostHopSlots, interior_.empty() ? 0 : *std::ranges::max_element(interior_))),
      instances_(instances),
      end_slots_(end_slots(instances)),
      random_(seed),
      decks_(levels, std::vector<std::vector<std::optional<std::size_t>>>(interior_.size())) {}

/// Draws the tap for the next hop slot. A deck holds each of a mode's taps once, and blanks so that decks and
/// builds end together.
std::optional<std::size_t> Plan::deal(std::size_t level, std::size_t mode) {
  auto& deck = decks_[level][mode];
  if (deck.empty()) {
    for (std::size_t t = 0; t < interior_[mode]; ++t) deck.emplace_back(t);
    while (deck.size() % hop_slots_ != 0 || deck.empty()) deck.emplace_back(std::nullopt);
    random_.shuffle(deck);
  }
  const auto dealt = deck.back();
  deck.pop_back();
  return dealt;
}

std::vector<PlannedSlot> Plan::next() {
  std::vector<PlannedSlot> slots;
  for (std::size_t level = 0; level < levels_; ++level) {
    const std::size_t watched = random_.below(instances_);
    for (std::size_t i = 0; i < end_slots_; ++i) slots.push_back({level, SlotKind::kEnd, {}, i % instances_});
    for (std::size_t i = 0; i < hop_slots_; ++i) {
      PlannedSlot slot{level, SlotKind::kHop, {}, watched};
      for (std::size_t m = 0; m < interior_.size(); ++m) slot.taps.push_back(deal(level, m));
      slots.push_back(std::move(slot));
    }
    if (hop_slots_ > 0 && builds_ % kBuildsAnAllSlot == 0)
      slots.push_back({level, SlotKind::kAll, {}, watched});
  }
  ++builds_;
  random_.shuffle(slots);
  return slots;
}

double end_slots_s(const Config& config, std::size_t lanes) {
  double seconds = 0;
  for (const Load& load : levels(config)) seconds += slot_s(config.slot_ms, config.trains, load, lanes);
  return static_cast<double>(Plan::end_slots(instances_in(config, lanes))) * seconds;
}

double most_stretch(const Config& config, std::size_t lanes, double most) {
  for (const Load& load : levels(config)) {
    const auto rounds = [&](double stretch) {
      return static_cast<double>(slot_rounds(config.slot_ms, config.trains, load, lanes, stretch));
    };
    most = std::min(most, rounds(most) / rounds(1));
  }
  return std::max(1.0, most);
}

double Plan::slots_a_build() const noexcept {
  const double all = hop_slots_ > 0 ? 1.0 / kBuildsAnAllSlot : 0;
  return static_cast<double>(end_slots_ + hop_slots_) + all;
}

}  // namespace hopcost::campaign
