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

std::uint64_t packets_of(const MatchedFlow& f) noexcept {
  return f.packets + f.ambiguous;
}

bool fewer_packets(const MatchedFlow& a, const MatchedFlow& b) noexcept {
  return packets_of(a) < packets_of(b);
}

void add(MatchedFlow& sum, const MatchedFlow& f) noexcept {
  sum.packets += f.packets;
  sum.ambiguous += f.ambiguous;
  sum.bytes += f.bytes;
  for (std::size_t i = 0; i < f.hops.size(); ++i) sum.hops[i].add(f.hops[i]);
}

}  // namespace

FlowTable::FlowTable(std::size_t hops) : flows_(kFlows + 1), index_(kFlows) {
  for (auto& f : flows_) f.hops.resize(hops);
}

std::size_t FlowTable::slot_of(const FlowKey& key) const noexcept {
  return index_.slot(hash_of(key), [&](std::size_t i) { return flows_[i].key == key; });
}

MatchedFlow& FlowTable::of(const FlowKey& key) noexcept {
  ++asked_for_;
  std::size_t slot = slot_of(key);
  if (!index_.is_free(slot)) return flows_[index_[slot]];
  std::size_t place = used_;
  if (used_ < kFlows) {
    ++used_;
  } else {
    const auto given_up = give_up_one();
    if (!given_up) return flows_.back();
    place = *given_up;
    slot = slot_of(key);  // forget() may have moved other entries
  }
  index_.set(slot, place);
  flows_[place].key = key;
  return flows_[place];
}

/// Gives up the flow with the fewest packets of the next kLookedAt, if it has no more than the mean. Gives
/// its place.
std::optional<std::size_t> FlowTable::give_up_one() noexcept {
  const auto first = flows_.begin() + static_cast<std::ptrdiff_t>(hand_);
  const auto least = std::min_element(first, first + kLookedAt, fewer_packets);
  hand_ = (hand_ + kLookedAt) % kFlows;
  if (packets_of(*least) > asked_for_ / kFlows) return std::nullopt;
  index_.forget(slot_of(least->key), [&](std::size_t i) { return hash_of(flows_[i].key); });
  add(flows_.back(), *least);
  empty(*least);
  return static_cast<std::size_t>(least - flows_.begin());
}

std::vector<MatchedFlow> FlowTable::by_packets() const {
  std::vector<MatchedFlow> sorted(flows_.begin(), flows_.begin() + static_cast<std::ptrdiff_t>(used_));
  std::ranges::stable_sort(sorted, std::greater{}, &MatchedFlow::packets);
  return sorted;
}

void FlowTable::clear() noexcept {
  for (auto& f : flows_) empty(f);
  index_.clear();
  used_ = hand_ = 0;
  asked_for_ = 0;
}

}  // namespace hopcost::analyzer
