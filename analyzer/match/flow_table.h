// What each 5-tuple sent, for a bounded number of them. noexcept, no allocation after creation. One owner
// thread at a time.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "analyzer/match/open_index.h"
#include "wire/packet_identity.h"

namespace hopcost::analyzer {

/// Times of one flow over one hop. A difference below zero is counted and is no time, as in LatencyStats.
struct FlowHop {
  std::uint64_t count = 0;
  std::uint64_t negative = 0;
  std::int64_t sum_ns = 0;
  std::int64_t min_ns = std::numeric_limits<std::int64_t>::max();
  std::int64_t max_ns = std::numeric_limits<std::int64_t>::min();
  /// Counts one packet's time, ns.
  void record(std::int64_t ns) noexcept {
    if (ns < 0) {
      ++negative;
      return;
    }
    ++count;
    sum_ns += ns;
    if (ns < min_ns) min_ns = ns;
    if (ns > max_ns) max_ns = ns;
  }
  /// Adds another flow's packets.
  void add(const FlowHop& other) noexcept {
    count += other.count;
    negative += other.negative;
    sum_ns += other.sum_ns;
    min_ns = std::min(min_ns, other.min_ns);
    max_ns = std::max(max_ns, other.max_ns);
  }
  /// As LatencyStats::is_known().
  [[nodiscard]] bool is_known() const noexcept { return count != 0 && negative <= count; }
};

/// What the report says of one flow.
struct MatchedFlow {
  FlowKey key;                  ///< At the first tap that saw its packets.
  std::uint64_t packets = 0;    ///< Told apart; ambiguous ones are not among them.
  std::uint64_t ambiguous = 0;  ///< Numbers that two packets had.
  std::uint64_t bytes = 0;      ///< Of IP, of `packets`.
  std::vector<FlowHop> hops;
};

/// When all places are taken and another flow begins, a few neighbouring places are looked at. Of these the
/// flow with fewest packets gives way, if it has no more than the mean. So however many small flows there
/// are, a large one is reported, whenever it begins.
class FlowTable {
 public:
  /// Flows that are told one by one; the others are counted together.
  static constexpr std::size_t kFlows = 1024;

  /// With room for so many hops in each flow.
  explicit FlowTable(std::size_t hops);
  /// Where the flow's next packet counts: in its own place, or with the others for which there is no room.
  /// What a flow had before it gave way stays with the others.
  [[nodiscard]] MatchedFlow& of(const FlowKey& key) noexcept;
  /// Those with most packets first.
  [[nodiscard]] std::vector<MatchedFlow> by_packets() const;
  [[nodiscard]] const MatchedFlow& others() const noexcept { return flows_.back(); }
  /// Forgets all flows.
  void clear() noexcept;

 private:
  static constexpr std::size_t kLookedAt = 8;
  static_assert(kFlows % kLookedAt == 0);

  [[nodiscard]] std::size_t slot_of(const FlowKey& key) const noexcept;
  [[nodiscard]] std::optional<std::size_t> give_up_one() noexcept;

  std::vector<MatchedFlow> flows_;  // kFlows, and one for the others
  OpenIndex index_;
  std::size_t used_ = 0;
  std::size_t hand_ = 0;         // the first of those looked at next
  std::uint64_t asked_for_ = 0;  // packets
};

}  // namespace hopcost::analyzer
