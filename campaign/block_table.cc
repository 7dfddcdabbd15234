#include "campaign/block_table.h"

#include <algorithm>

namespace hopcost::campaign {

BlockTable::BlockTable(const std::vector<SlotResult>& slots) : slots_(slots) {
  for (const SlotResult& s : slots) blocks_ = std::max(blocks_, s.block + 1);
}

std::vector<const SlotResult*> BlockTable::all(std::size_t path) const {
  std::vector<const SlotResult*> found;
  for (const SlotResult& s : slots_) {
    if (s.path == path) found.push_back(&s);
  }
  return found;
}

std::vector<const SlotResult*> BlockTable::counted(std::size_t path, SlotKind kind) const {
  std::vector<const SlotResult*> found = all(path);
  std::erase_if(found, [&](const SlotResult* s) { return s->kind != kind || !s->counts(); });
  return found;
}

std::vector<const SlotResult*> BlockTable::counted(std::size_t path, SlotKind kind,
                                                   std::uint32_t block) const {
  std::vector<const SlotResult*> found = counted(path, kind);
  std::erase_if(found, [&](const SlotResult* s) { return s->block != block; });
  return found;
}

std::optional<double> BlockTable::in_block(std::size_t path, SlotKind kind, std::uint32_t block,
                                           const Statistic& statistic) const {
  const auto pair = counted(path, kind, block);
  if (pair.size() != 2) return std::nullopt;
  return (statistic(*pair[0]) + statistic(*pair[1])) / 2;
}

std::vector<double> BlockTable::series(std::size_t path, SlotKind kind, const Statistic& statistic) const {
  std::vector<double> values;
  for (std::uint32_t b = 0; b < blocks_; ++b) {
    if (const auto v = in_block(path, kind, b, statistic)) values.push_back(*v);
  }
  return values;
}

std::vector<double> BlockTable::differences(std::size_t a, std::size_t b, SlotKind kind,
                                            const Statistic& statistic) const {
  std::vector<double> values;
  for (std::uint32_t block = 0; block < blocks_; ++block) {
    const auto left = in_block(a, kind, block, statistic);
    const auto right = in_block(b, kind, block, statistic);
    if (left && right) values.push_back(*left - *right);
  }
  return values;
}

double median_of(const SlotResult& slot) {
  return slot.end_to_end.interpolated_quantile(0.5);
}
double mean_of(const SlotResult& slot) {
  return slot.end_to_end.trimmed_mean(kTrim);
}

}  // namespace hopcost::campaign
