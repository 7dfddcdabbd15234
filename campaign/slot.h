// What came out of one slot, decoded. Passive data. Includes base, stats.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "campaign/config.h"
#include "campaign/plan.h"
#include "stats/hdr_histogram.h"

namespace hopcost::campaign {

/// One tap's account of a slot, warm-up included.
struct TapCount {
  std::string name;
  std::uint64_t seen = 0, lost = 0, duplicates = 0, reordered = 0, ring_drops = 0;
};

/// Packets whose two stamps were taken on one CPU, on two, and those of which this is not known.
struct CpuCounts {
  std::uint64_t same = 0, cross = 0, unknown = 0;
  void add(const CpuCounts& other) noexcept {
    same += other.same;
    cross += other.cross;
    unknown += other.unknown;
  }
  /// Of those that are known; nothing where none is.
  [[nodiscard]] std::optional<double> cross_share() const noexcept {
    if (same + cross == 0) return std::nullopt;
    return static_cast<double>(cross) / static_cast<double>(same + cross);
  }
};

/// Times between two neighbouring points of a path, warm-up left out.
struct HopTimes {
  std::string from, to;
  HdrHistogram times;
  std::uint64_t negative = 0;
  std::string invalid;    ///< why the times mean nothing, or empty.
  std::string part = {};  ///< what of the kernel's work it is, where the analyzer knows.
  CpuCounts cpu = {};
  HdrHistogram cross_times = {};  ///< of the packets that changed the CPU; empty for the first hop.
};

struct SlotResult {
  SlotKind kind = SlotKind::kEnd;
  std::size_t path = 0;
  std::uint32_t block = 0;
  std::uint64_t sent = 0;
  std::vector<TapCount> taps;
  HdrHistogram end_to_end;     ///< transmit stamp to the last tap, ns.
  CpuCounts end_cpu;           ///< the last tap's CPU against the sender's.
  std::vector<HopTimes> hops;  ///< the first is from "tx".
  std::string regime;
  nlohmann::json audit, counters;
  std::string missing_counters;
  double work_ns = 0;  ///< how long the sender's CPU took for a fixed piece of work; 0: not known.
  std::vector<std::string> voided_by;  ///< gates; empty when the slot counts.

  [[nodiscard]] bool counts() const noexcept { return voided_by.empty(); }
};

/// Of one slot, two flows whose packets left in turn.
struct SlotPair {
  SlotResult even, odd;  ///< by their ids.
};

/// From pktgen's answer to `run` and the analyzer's to `collect` (doc/control-protocol.md).
/// Errors: kFailure when an answer has not the form the protocol says.
[[nodiscard]] Result<SlotResult> decode_slot(const nlohmann::json& run, const nlohmann::json& collected);

/// The gates that the slot breaks. `planned_pps` and the answers are as for decode_slot.
[[nodiscard]] std::vector<std::string> broken_gates(const Gates& gates, double planned_pps,
                                                    const SlotResult& slot, const nlohmann::json& run,
                                                    const nlohmann::json& collected);

/// The gate that needs the whole run, by name.
inline constexpr const char* kSlowCpu = "slow_cpu";

/// Voids (kSlowCpu) the slots in which the sender's CPU worked slower than in the
/// run's best by more than gates.max_slowdown. May be called again when slots were added.
void void_slow_slots(const Gates& gates, std::vector<SlotResult>& slots);

}  // namespace hopcost::campaign
