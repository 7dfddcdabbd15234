// The result of one slot, decoded. Passive data. Includes base, stats.
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

/// One tap's packet counts of a slot, untimed packets included. `seen` counts different packets, so not
/// duplicates.
struct TapCount {
  std::string name;
  std::uint64_t seen = 0, lost = 0, duplicates = 0, reordered = 0, ring_drops = 0;
  /// Adds the counts of another; the name stays.
  void add(const TapCount& other) noexcept;
};

/// How many packets had their two stamps taken on the same CPU, on different CPUs, or on CPUs not known.
struct CpuCounts {
  std::uint64_t same = 0, cross = 0, unknown = 0;
  /// Adds another's packets.
  void add(const CpuCounts& other) noexcept;
  /// The share of packets whose CPU changed among those whose CPUs are known, 0 to 1; nothing where none are.
  [[nodiscard]] std::optional<double> cross_share() const noexcept;
};

/// Times between two neighbouring points of a path, without untimed packets.
struct HopTimes {
  std::string from, to;
  HdrHistogram times;
  std::string invalid;    ///< Why the times mean nothing, or empty.
  std::string part = {};  ///< Which part of the kernel's work the hop is, where the analyzer knows.
  CpuCounts cpu = {};
  HdrHistogram cross_times = {};  ///< The times of packets whose CPU changed; empty for the first hop.
};

inline constexpr std::array<const char*, 4> kCounterNames = {"cycles", "instructions", "context_switches",
                                                             "page_faults"};

/// What was measured of one lane's packets.
struct LaneSlot {
  std::uint64_t sent = 0;
  std::vector<TapCount> taps;  ///< In the order a packet passes them; the last is the end.
  /// By tap and round: the mean of the medians of the lane's two trains, ns since the transmit stamp.
  /// Infinite where half or more of a train's timed packets were lost.
  std::vector<std::vector<double>> pairs;
  /// By tap: the time of each timed packet, infinite where it was lost. Only where packets were dealt over
  /// containers.
  std::vector<std::vector<double>> times;
  /// By container: the times at the end. Only where packets were spread over many. A lane with one end is
  /// sorted as if its packets had gone to containers too.
  std::vector<std::vector<double>> containers;
  /// Only where some packets are background: how many of the others the end did not see.
  std::optional<std::uint64_t> own_lost;
  HdrHistogram end_to_end;     ///< From the transmit stamp to the last tap, ns.
  std::uint64_t negative = 0;  ///< How many of these times were below zero; they are in no figure.
  std::uint64_t restarts = 0;  ///< How often the sequence numbers seemed to start again within the slot.
  CpuCounts end_cpu;           ///< The last tap's CPU compared with the sender's.
  std::vector<HopTimes> hops;  ///< The first is from "tx".
  std::string regime;          ///< Who took the stamps (doc/control-protocol.md).
  std::array<std::optional<double>, kCounterNames.size()> counters;
  std::uint64_t counted = 0;  ///< How many packets the counters cover.
  std::string missing_counters;
};

/// What disturbed the sender's CPU during the slot. No gate looks at it.
struct Disturbance {
  double steal_ns = 0, late = 0, departures = 0;
  std::uint64_t squeezed = 0, dropped = 0;
  double work_ns = 0;  ///< How long the CPU took for a fixed piece of work; 0: not known.
};

/// The result of one slot.
struct SlotResult {
  PlannedSlot plan;
  std::vector<LaneSlot> lanes;
  nlohmann::json audit;  ///< Of all lanes together (doc/control-protocol.md), with the run's tx_errors added.
  Disturbance disturbance;
  std::vector<std::string> voided_by;  ///< The broken gates; empty when the slot counts.
  [[nodiscard]] bool counts() const noexcept { return voided_by.empty(); }
};

/// Decodes pktgen's answer to `run` and the analyzer's to `collect` (doc/control-protocol.md). `order`: the
/// lanes' order in the requests, as indices of lanes, each once. Errors: kFailure when an answer does not
/// have the protocol's form, or is about other lanes.
[[nodiscard]] Result<SlotResult> decode_slot(const nlohmann::json& run, const nlohmann::json& collected,
                                             const std::vector<std::size_t>& order);

/// Sorts a slot's times by container, or separates the measured packets from the background, as `dealing` has
/// it, and drops the times of single packets. Packets are numbered from 0, in trains of `trains` with `burst`
/// packets per departure. Errors: kFailure when the slot does not hold the time of every packet.
[[nodiscard]] Result<void> part(SlotResult& slot, const Dealing& dealing, const Trains& trains,
                                std::uint32_t burst);

/// The gates that the slot breaks: "stopped", "account" (a tap saw more than was sent, or the generator sent
/// another number than planned), "ring_drops", "clock_step". `expected`: packets of each lane. The answers
/// are those given to decode_slot().
[[nodiscard]] std::vector<std::string> broken_gates(const Gates& gates, std::uint64_t expected,
                                                    const SlotResult& slot, const nlohmann::json& run,
                                                    const nlohmann::json& collected);

}  // namespace hopcost::campaign
