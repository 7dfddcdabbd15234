// What a run measured, build by build. A build's slots are folded as soon as it is over: figures a lane, and
// each pair of its end slots, some kilobytes a build. Pure: knows no kernel and no children. One owner
// thread. Includes base, stats.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/cpu_clocks.h"
#include "campaign/bench/lanes.h"
#include "campaign/bench/slot.h"
#include "stats/resampled_quantiles.h"

namespace hopcost::campaign {

/// A figure within one build: the median over its mirrored pairs of trains.
struct Spread {
  double value = 0;
  double se = 0;  ///< Standard error of it, by the quartiles of the pairs that are finite.
  std::size_t pairs = 0;
};

/// Of differences of pairs, in ns. Nothing without three finite ones, or when half of them are infinite.
[[nodiscard]] std::optional<Spread> spread_of(std::vector<double> differences);

/// What one of many containers got in one build.
struct ContainerBuild {
  double p50_ns = 0;  ///< Of its timed packets; infinite where half of them were lost, or there were none.
  std::uint64_t timed = 0, lost = 0;  ///< Of the former.
};

/// What a lane showed in one build, at one level.
struct LaneBuild {
  std::optional<Spread> latency;  ///< Its own, of end slots;
  std::vector<double> pairs;      ///< each pair's, infinite where the median packet was lost.
  /// By lane: this one less that one, at their ends, of end slots.
  std::vector<std::optional<Spread>> against;
  // Against the sentinel lane's end, by interior point, while its tap is the one that is open:
  std::vector<std::optional<Spread>> arrival;   ///< at that tap,
  std::vector<std::optional<Spread>> end_with;  ///< and at the end.
  std::optional<Spread> end_all;                ///< The end with all taps open.
  BuildTimes times;                             ///< Of end slots.
  std::vector<ContainerBuild> containers;       ///< Of these, where packets were spread over many.
};

/// What one build showed.
struct BuildFigures {
  std::uint32_t number = 0;
  double begun_s = 0;                          ///< From the run's start.
  std::vector<std::string> void_reasons;       ///< Why nothing of it counts, or empty.
  std::vector<std::vector<LaneBuild>> levels;  ///< By level and lane.
  [[nodiscard]] bool counts() const noexcept { return void_reasons.empty(); }
};

/// Sums over all slots of a lane that count.
struct LaneTotals {
  std::uint64_t sent = 0, negative = 0;
  TapCount end;
  HdrHistogram end_to_end;  ///< Of end slots.
  CpuCounts end_cpu;        ///< Of these.
  // Of slots with all taps open:
  std::vector<HopTimes> watched;
  std::vector<TapCount> taps;
  std::array<std::optional<double>, kCounterNames.size()> counters;
  std::uint64_t counted = 0;  ///< Packets that these are of.
  std::string missing_counters;
  std::uint32_t slots = 0, void_slots = 0;
  std::map<std::string, std::uint32_t> void_reasons;
};

/// Sums of what happened to the generator and its CPU.
struct GeneratorTotals {
  nlohmann::json audit = nlohmann::json::object();  ///< As doc/result-format.md has `generator`.
  HdrHistogram late;
  double offered = 0, achieved = 0;  ///< Sums over slots, pps.
  std::uint64_t slots = 0;
  double clock_fit_ns = 0;  ///< The worst slot's standard uncertainty of the sender's clock.
  Disturbance disturbance;
  std::vector<double> work_ns;  ///< By slot, where known.
};

/// A point of a path where a tap may stand.
struct MeasuredPoint {
  std::string name, device;
};

struct Measured {
  std::vector<Lane> lanes;
  std::vector<std::string> topologies;  ///< By lane.
  std::vector<std::vector<MeasuredPoint>>
      points;  ///< By lane, in the order a packet passes; the last is the end.
  std::vector<Load> levels;
  std::vector<BuildFigures> builds;
  std::vector<std::vector<LaneTotals>> totals;  ///< By level and lane.
  GeneratorTotals generator;
  std::set<std::string> regimes;  ///< Seen, but for "none".
  ClockFacts clocks;              ///< Looked at before the first build.
  /// Transmit times and stamps are of one clock. Else a time since sending is off by a constant that nobody
  /// knows, and only differences of them tell something.
  bool one_clock = true;
  double elapsed_s = 0;
  std::string partial_reason;  ///< Why it ended early; empty when it did not.
  std::string ended_by;        ///< "width", "budget", "builds", "stop".
  std::size_t looked_before =
      0;  ///< Ended by width: builds that counted at the look before the last; else 0.

  /// The lane of a role; nothing where there is none.
  [[nodiscard]] std::optional<std::size_t> lane_of(Role role) const;
  /// Builds that count.
  [[nodiscard]] std::size_t good_builds() const;

  /// Folds a build's slots. With `why_void` nothing of them counts.
  void add_build(double begun_s, const std::vector<SlotResult>& slots, std::vector<std::string> why_void);
};

}  // namespace hopcost::campaign
