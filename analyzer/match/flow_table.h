// What each 5-tuple sent, for a bounded number of them. noexcept, no allocation after creation. One owner
// thread at a time.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <vector>

#include "wire/packet_identity.h"

namespace hopcost::analyzer {

/// Times of one flow over one hop.
struct FlowHop {
  std::uint64_t count = 0;
  std::int64_t sum_ns = 0;
  std::int64_t min_ns = std::numeric_limits<std::int64_t>::max();
  std::int64_t max_ns = std::numeric_limits<std::int64_t>::min();
  void record(std::int64_t ns) noexcept {
    ++count;
    sum_ns += ns;
    if (ns < min_ns) min_ns = ns;
    if (ns > max_ns) max_ns = ns;
  }
};

struct MatchedFlow {
  FlowKey key;                  ///< At the first tap that saw its packets.
  std::uint64_t packets = 0;    ///< Told apart; ambiguous ones are not among them.
  std::uint64_t ambiguous = 0;  ///< Numbers that two packets had.
  std::uint64_t bytes = 0;      ///< Of IP, of `packets`.
  std::vector<FlowHop> hops;
};

class FlowTable {
 public:
  /// Flows that are told one by one; those that come later are counted together.
  static constexpr std::size_t kFlows = 1024;

  explicit FlowTable(std::size_t hops);
  /// The flow's counts, or those of all flows that there is no room for.
  [[nodiscard]] MatchedFlow& of(const FlowKey& key) noexcept;
  /// Those with most packets first.
  [[nodiscard]] std::vector<MatchedFlow> by_packets() const;
  [[nodiscard]] const MatchedFlow& others() const noexcept { return flows_.back(); }
  void clear() noexcept;

 private:
  std::vector<MatchedFlow> flows_;                 // kFlows, and one for the others
  std::array<std::uint16_t, 4 * kFlows> index_{};  // place in flows_ and 1, or 0; linear probing
  std::size_t used_ = 0;
};

}  // namespace hopcost::analyzer
