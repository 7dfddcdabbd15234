#include "analyzer/match/packet_matcher.h"

#include <algorithm>

namespace hopcost::analyzer {

using Entry = PacketTable::Entry;

PacketMatcher::PacketMatcher(std::size_t taps, std::size_t window)
    : table_(taps, window),
      flows_(taps - 1),
      taps_(taps),
      hops_(taps - 1),
      all_(static_cast<std::uint16_t>((1u << taps) - 1)) {}

void PacketMatcher::reset() noexcept {
  for (auto& tap : taps_) tap.reset();
  for (auto& hop : hops_) hop.reset();
  flows_.clear();
  foreign_ = evicted_ = 0;
  closing_ = false;
}

void PacketMatcher::listen() {
  reset();
  table_.clear();
  newest_ns_ = 0;
  open_ = true;
}

void PacketMatcher::begin() {
  reset();
  table_.for_each([](Entry& e) noexcept { e.counts = false; });
}

void PacketMatcher::close() noexcept {
  while (!table_.empty()) finish_oldest();
  open_ = false;
}

void PacketMatcher::packet(unsigned tap, const PacketIdentity& id, std::uint64_t stamp_ns,
                           StampKind kind) noexcept {
  if (!open_) return;
  if (stamp_ns > newest_ns_) settle(newest_ns_ = stamp_ns);
  Entry* const known = table_.find(id.number);
  Entry& e = known != nullptr ? *known : enter(id, stamp_ns);
  const auto mark = static_cast<std::uint16_t>(1u << tap);
  if (e.counts) ++taps_[tap].stamp[static_cast<std::size_t>(kind)];
  if (e.seen & mark) {
    e.ambiguous = true;
    taps_[tap].ambiguous += e.counts;
    return;
  }
  if (e.seen == 0 || tap < e.lowest) {
    e.lowest = static_cast<std::uint8_t>(tap);
    e.flow = id.flow;
    e.bytes = id.bytes;
  }
  e.seen = static_cast<std::uint16_t>(e.seen | mark);
  if (kind == StampKind::kSoftware) e.software = static_cast<std::uint16_t>(e.software | mark);
  table_.stamps(e)[tap] = stamp_ns;
}

Entry& PacketMatcher::enter(const PacketIdentity& id, std::uint64_t stamp_ns) noexcept {
  if (table_.full()) {
    const Entry& oldest = table_.oldest();
    evicted_ += oldest.counts && oldest.seen != all_;
    finish_oldest();
  }
  Entry& e = table_.add(id.number);
  e.first_ns = stamp_ns;
  e.counts = !closing_;
  return e;
}

void PacketMatcher::settle(std::uint64_t now_ns) noexcept {
  while (!table_.empty() && table_.oldest().first_ns + kHoldNs < now_ns) finish_oldest();
}

void PacketMatcher::finish_oldest() noexcept {
  finish(table_.oldest());
  table_.drop_oldest();
}

void PacketMatcher::finish(const Entry& e) noexcept {
  if (!e.counts) return;
  MatchedFlow& flow = flows_.of(e.flow);
  if (e.ambiguous) {
    ++flow.ambiguous;
    for (std::size_t i = 0; i < taps_.size(); ++i) taps_[i].ambiguous += e.seen >> i & 1u;
    return;
  }
  ++flow.packets;
  flow.bytes += e.bytes;
  const std::uint64_t* const stamps = table_.stamps(e);
  for (std::size_t i = 0; i < taps_.size(); ++i) {
    const bool seen = (e.seen >> i & 1u) != 0;
    taps_[i].seen += seen;
    if (seen && i > 0 && (e.seen & 1u) != 0)
      taps_[i].cpu_unknown += taps_[i].since_tx.record(stamps[0], stamps[i]);
  }
  count_hops(e, flow);
}

void PacketMatcher::count_hops(const Entry& e, MatchedFlow& flow) noexcept {
  const std::uint64_t* const stamps = table_.stamps(e);
  for (std::size_t i = 0; i < hops_.size(); ++i) {
    const unsigned pair = e.seen >> i & 3u;
    hops_[i].lost += pair == 1u;
    hops_[i].appeared += pair == 2u;
    if (pair != 3u) continue;
    hops_[i].cpu_unknown += hops_[i].latency.record(stamps[i], stamps[i + 1]);
    flow.hops[i].record(static_cast<std::int64_t>(stamps[i + 1] - stamps[i]));
    hops_[i].stale += (e.software >> i & 3u) == 3u && stamps[i] == stamps[i + 1];
  }
}

}  // namespace hopcost::analyzer
