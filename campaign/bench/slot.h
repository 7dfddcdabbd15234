// What came out of one slot, decoded. Passive data. Includes base, stats.
#pragma once

#include <array>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "campaign/bench/dealing.h"
#include "campaign/design/config.h"
#include "campaign/design/plan.h"
#include "stats/hdr_histogram.h"

namespace hopcost::campaign {

/// One tap's account of a slot, untimed packets included. `seen` counts different packets.
struct TapCount {
  std::string name;
  std::uint64_t seen = 0, lost = 0, duplicates = 0, reordered = 0, ring_drops = 0;
  /// The name stays.
  void add(const TapCount& other) noexcept;
};

/// Packets whose two stamps were taken on one CPU, on two, and those of which this is not known.
struct CpuCounts {
  std::uint64_t same = 0, cross = 0, unknown = 0;
  /// Adds another's packets.
  void add(const CpuCounts& other) noexcept;
  /// Of those that are known; nothing where none is.
  [[nodiscard]] std::optional<double> cross_share() const noexcept;
};

/// Times between two neighbouring points of a path, untimed packets left out.
struct HopTimes {
  std::string from, to;
  HdrHistogram times;
  std::string invalid;    ///< Why the times mean nothing, or empty.
  std::string part = {};  ///< What of the kernel's work it is, where the analyzer knows.
  CpuCounts cpu = {};
  HdrHistogram cross_times = {};  ///< Of the packets that changed the CPU; empty for the first hop.
};

inline constexpr std::array<const char*, 4> kCounterNames = {"cycles", "instructions", "context_switches",
                                                             "page_faults"};

/// What one lane's packets showed.
struct LaneSlot {
  std::uint64_t sent = 0;
  std::vector<TapCount> taps;  ///< In the order a packet passes them; the last is the end.
  /// By tap and round: the mean of the medians of the lane's two trains, ns since the transmit stamp.
  /// Infinite where half of a train's timed packets were lost.
  std::vector<std::vector<double>> pairs;
  /// By tap, where packets were dealt over containers: the time of each timed packet, infinite where lost.
  std::vector<std::vector<double>> times;
  /// By container, where packets were spread over many: the same at the end. Of a lane with one end: as if
  /// its packets had been dealt so too.
  std::vector<std::vector<double>> containers;
  /// Of the packets that costs are of, where others are background: how many the end did not see.
  std::optional<std::uint64_t> own_lost;
  HdrHistogram end_to_end;     ///< Transmit stamp to the last tap, ns.
  std::uint64_t negative = 0;  ///< Of these times below zero: in no figure.
  std::uint64_t restarts = 0;  ///< How often the sender seemed to begin anew, in the midst of the slot.
  CpuCounts end_cpu;           ///< The last tap's CPU against the sender's.
  std::vector<HopTimes> hops;  ///< The first is from "tx".
  std::string regime;          ///< Who took the stamps (doc/control-protocol.md).
  std::array<std::optional<double>, kCounterNames.size()> counters;
  std::uint64_t counted = 0;  ///< Packets that the counters are of.
  std::string missing_counters;
};

/// What happened to the sender's CPU meanwhile. No gate.
struct Disturbance {
  double steal_ns = 0, late = 0, departures = 0;
  std::uint64_t squeezed = 0, dropped = 0;
  double work_ns = 0;  ///< How long it took for a fixed piece of work; 0: not known.
};

/// What came of one slot.
struct SlotResult {
  PlannedSlot plan;
  std::vector<LaneSlot> lanes;
  nlohmann::json audit;  ///< Of all lanes together (doc/control-protocol.md), with the run's tx_errors.
  Disturbance disturbance;
  std::vector<std::string> voided_by;  ///< Gates; empty when the slot counts.
  [[nodiscard]] bool counts() const noexcept { return voided_by.empty(); }
};

/// From pktgen's answer to `run` and the analyzer's to `collect` (doc/control-protocol.md).
/// `order`: which lane was asked for i-th, each lane once. Errors: kFailure when an answer has not the form
/// the protocol says, or is of other lanes.
[[nodiscard]] Result<SlotResult> decode_slot(const nlohmann::json& run, const nlohmann::json& collected,
                                             const std::vector<std::size_t>& order);

/// Tells the packets of each container apart, and those that costs are of from the background. Packets are
/// numbered from 0 on, in trains of `trains` with so many a departure. Errors: kFailure when the slot does
/// not have the time of each packet.
[[nodiscard]] Result<void> part(SlotResult& slot, const Dealing& dealing, const Trains& trains,
                                std::uint32_t burst);

/// The gates that the slot breaks: "stopped", "account" (a tap saw more than was sent, or not all was sent
/// that was to be), "ring_drops", "clock_step". `expected`: packets of each lane; the answers are as for
/// decode_slot().
[[nodiscard]] std::vector<std::string> broken_gates(const Gates& gates, std::uint64_t expected,
                                                    const SlotResult& slot, const nlohmann::json& run,
                                                    const nlohmann::json& collected);

}  // namespace hopcost::campaign
