#include "campaign/plan.h"

#include <algorithm>

namespace hopcost::campaign {
namespace {

void append_shuffled(std::vector<PlannedSlot>& slots, SlotKind kind, std::vector<std::size_t> paths,
                     std::mt19937_64& random) {
  std::shuffle(paths.begin(), paths.end(), random);
  for (const std::size_t p : paths) slots.push_back({kind, p});
}

}  // namespace

std::vector<PlannedSlot> plan_block(const BlockShape& shape, std::mt19937_64& random) {
  std::vector<PlannedSlot> slots;
  append_shuffled(slots, SlotKind::kEnd, shape.end, random);
  append_shuffled(slots, SlotKind::kHop, shape.hop, random);
  const std::size_t half = slots.size();
  for (std::size_t i = half; i > 0; --i) slots.push_back(slots[i - 1]);
  return slots;
}

}  // namespace hopcost::campaign
