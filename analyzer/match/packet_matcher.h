// Brings together packets that carry no probe, by what stays the same of them: per hop, per tap and per flow,
// in constant memory. One owner thread at a time; per packet noexcept, no allocation.
//
// Nothing is guessed. A number that two packets have at one tap is ambiguous, and so are all packets of that
// number: they are counted and give no time. To know that, a packet waits for kHoldNs, or until the table is
// full, before it counts; identical packets that come further apart than that are told apart by time.
#pragma once

#include <vector>

#include "analyzer/correlate/correlator.h"
#include "analyzer/match/flow_table.h"
#include "analyzer/match/packet_table.h"
#include "analyzer/tap/tap.h"

namespace hopcost::analyzer {

class PacketMatcher {
 public:
  /// A second: longer than a path takes, than taps lag behind each other, and than a quick retransmission.
  static constexpr std::uint64_t kHoldNs = 1'000'000'000;

  /// 1 to 16 taps; `window` packets under way at once. It accounts nothing until listen().
  PacketMatcher(std::size_t taps, std::size_t window);

  /// Forgets everything and accounts every packet from here on.
  void listen();
  /// Forgets what was counted; packets seen by now are left out from here on, so that joining a flow midway
  /// counts no loss.
  void begin();
  /// Leaves out packets that no tap has seen by now.
  void last_call() noexcept { closing_ = true; }
  /// Ends it: packets still under way are counted as lost where they were.
  void close() noexcept;

  /// A packet passed a tap at `stamp_ns` (CLOCK_REALTIME).
  void packet(unsigned tap, const PacketIdentity& id, std::uint64_t stamp_ns, StampKind kind) noexcept;
  /// Frames without an IP packet, and those cut too short.
  void foreign(std::uint64_t frames) noexcept { foreign_ += open_ ? frames : 0; }
  /// Counts packets first seen before `now_ns` by more than kHoldNs.
  void settle(std::uint64_t now_ns) noexcept;

  [[nodiscard]] std::size_t tap_count() const noexcept { return taps_.size(); }
  /// i below tap_count(). Its `since_tx` is the time since the first tap.
  [[nodiscard]] const TapTally& tap(std::size_t i) const noexcept { return taps_[i]; }
  /// Between tap i and tap i + 1.
  [[nodiscard]] const HopTally& hop(std::size_t i) const noexcept { return hops_[i]; }
  [[nodiscard]] const FlowTable& flows() const noexcept { return flows_; }
  [[nodiscard]] std::uint64_t foreign_count() const noexcept { return foreign_; }
  /// Given up unfinished for lack of room.
  [[nodiscard]] std::uint64_t evicted() const noexcept { return evicted_; }

 private:
  void reset() noexcept;
  [[nodiscard]] PacketTable::Entry& enter(const PacketIdentity& id, std::uint64_t stamp_ns) noexcept;
  void finish_oldest() noexcept;
  void finish(const PacketTable::Entry& e) noexcept;
  void count_hops(const PacketTable::Entry& e, MatchedFlow& flow) noexcept;

  PacketTable table_;
  FlowTable flows_;
  std::vector<TapTally> taps_;
  std::vector<HopTally> hops_;
  std::uint64_t newest_ns_ = 0;
  std::uint64_t foreign_ = 0, evicted_ = 0;
  std::uint16_t all_;
  bool open_ = false, closing_ = false;
};

}  // namespace hopcost::analyzer
