#include "analyzer/match/flow_table.h"

#include <algorithm>
#include <cstring>

namespace hopcost::analyzer {
namespace {

std::size_t hash_of(const FlowKey& k) noexcept {
  std::uint64_t h = std::uint64_t{k.source_port} << 32 | std::uint64_t{k.destination_port} << 16 | k.protocol;
  for (const IpAddress* a : {&k.source, &k.destination}) {
    for (std::size_t i = 0; i < a->storage.size(); i += 8) {
      std::uint64_t word;
      std::memcpy(&word, &a->storage[i], sizeof word);
      h = (h ^ word) * 0x9e3779b97f4a7c15;
      h ^= h >> 32;
    }
  }
  return static_cast<std::size_t>(h);
}

void empty(MatchedFlow& f) noexcept {
  f.packets = f.ambiguous = f.bytes = 0;
  std::ranges::fill(f.hops, FlowHop{});
}

}  // namespace

FlowTable::FlowTable(std::size_t hops) : flows_(kFlows + 1) {
  for (auto& f : flows_) f.hops.resize(hops);
}

MatchedFlow& FlowTable::of(const FlowKey& key) noexcept {
  std::size_t at = hash_of(key) % index_.size();
  for (; index_[at] != 0; at = (at + 1) % index_.size())
    if (flows_[index_[at] - 1].key == key) return flows_[index_[at] - 1];
  if (used_ == kFlows) return flows_.back();
  index_[at] = static_cast<std::uint16_t>(used_ + 1);
  flows_[used_].key = key;
  return flows_[used_++];
}

std::vector<MatchedFlow> FlowTable::by_packets() const {
  std::vector<MatchedFlow> sorted(flows_.begin(), flows_.begin() + static_cast<std::ptrdiff_t>(used_));
  std::ranges::stable_sort(sorted, std::greater{}, &MatchedFlow::packets);
  return sorted;
}

void FlowTable::clear() noexcept {
  for (auto& f : flows_) empty(f);
  index_.fill(0);
  used_ = 0;
}

}  // namespace hopcost::analyzer
