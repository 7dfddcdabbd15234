// What a run measured, build by build. As soon as a build is over, its slots are folded into figures for each
// lane and the pairs of its end slots, some kilobytes per build. Pure: knows no kernel and no children. One
// owner thread. Includes base, stats.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/cpu_clocks.h"
#include "campaign/bench/clock_link.h"
#include "campaign/bench/lanes.h"
#include "campaign/bench/slot.h"
#include "stats/resampled_quantiles.h"

namespace hopcost::campaign {

/// A figure within one build, ns: the median over an instance's mirrored pairs of trains; of several
/// instances the mean of their medians.
struct Spread {
  double value = 0;
  double se = 0;  ///< Standard error of `value`, from the quartiles of the finite pairs of each instance.
  std::size_t pairs = 0;
};

/// The figure of these differences of pairs of one instance, in ns. Nothing with fewer than three finite
/// ones, or when half of them are infinite.
[[nodiscard]] std::optional<Spread> spread_of(std::vector<double> differences);

/// Figures of pairs, and the instance that each pair went through.
struct InstancePairs {
  std::vector<double> figures;
  std::vector<std::size_t> instances;
  /// Appends one pair's figure.
  void add(double figure, std::size_t instance);
};

/// The figure of pairs of several instances. Nothing when one of the instances has none.
[[nodiscard]] std::optional<Spread> over_instances(const InstancePairs& pairs);

/// What one of many containers received in one build.
struct ContainerBuild {
  double p50_ns = 0;  ///< Median of its timed packets; infinite where half of them were lost, or there were
                      ///< none.
  std::uint64_t timed = 0, lost = 0;  ///< Packets to be timed, and those of them that were lost.
};

/// A lane's figures in one build, at one level.
struct LaneBuild {
  std::optional<Spread> latency;  ///< Its own latency, in end slots.
  InstancePairs pairs;            ///< Latency of each pair in end slots; infinite where the median packet was
                                  ///< lost.
  /// By other lane: this lane less that one, both at their ends, in end slots.
  std::vector<std::optional<Spread>> against;
  // Relative to the end of the sentinel lane; by interior point, while its tap is the open one:
  std::vector<std::optional<Spread>> arrival;   ///< arrival at that tap,
  std::vector<std::optional<Spread>> end_with;  ///< and arrival at the end.
  std::optional<Spread> end_all;                ///< Arrival at the end with all taps open, relative to the
                                                ///< sentinel's.
  // All hop slots and all-taps slots of a build go through one instance. What they are compared with:
  std::optional<Spread> end_there;  ///< arrival at the end, relative to the sentinel's, in that instance's
                                    ///< end slots,
  std::optional<Spread> latency_there;     ///< and its latency in these.
  BuildTimes times;                        ///< In end slots.
  std::vector<ContainerBuild> containers;  ///< In end slots, where packets were spread over many.
};

/// The figures of one build.
struct BuildFigures {
  std::uint32_t number = 0;
  double begun_s = 0;                          ///< Seconds since the run's start.
  std::vector<std::string> void_reasons;       ///< Why the whole build does not count; empty when it does.
  std::vector<std::vector<LaneBuild>> levels;  ///< By level and lane.
  [[nodiscard]] bool counts() const noexcept { return void_reasons.empty(); }
};

/// Sums over a lane's slots that count.
struct LaneTotals {
  std::uint64_t sent = 0, negative = 0;
  TapCount end;
  HdrHistogram end_to_end;  ///< In end slots.
  CpuCounts end_cpu;        ///< In end slots.
  // In slots with all taps open:
  std::vector<HopTimes> watched;
  std::vector<TapCount> taps;
  std::array<std::optional<double>, kCounterNames.size()> counters;
  std::uint64_t counted = 0;  ///< How many packets the counters cover.
  std::string missing_counters;
  std::uint32_t slots = 0, void_slots = 0;
  std::map<std::string, std::uint32_t> void_reasons;
};

/// Sums of what the generator and its CPU did.
struct GeneratorTotals {
  nlohmann::json audit = nlohmann::json::object();  ///< The counts among the members of `generator`
                                                    ///< (doc/result-format.md).
  HdrHistogram late;
  double offered = 0, achieved = 0;  ///< Sums over slots, pps.
  std::uint64_t slots = 0;
  double clock_fit_ns = 0;  ///< Standard uncertainty of the sender's clock in the worst slot.
  Disturbance disturbance;
  std::vector<double> work_ns;  ///< By slot, where known.
};

/// A point of a path where a tap can stand.
struct MeasuredPoint {
  std::string name, device;
};

struct Measured {
  std::vector<Lane> lanes;
  std::vector<std::string> topologies;  ///< By lane.
  /// By lane, in the order in which a packet passes them; the last is the end.
  std::vector<std::vector<MeasuredPoint>> points;
  std::vector<Load> levels;
  std::size_t instances = 1;    ///< Of each mode, in each build.
  double end_slot_stretch = 1;  ///< The last builds' end slots were so many times as long as configured.
  std::vector<BuildFigures> builds;
  std::vector<std::vector<LaneTotals>> totals;  ///< By level and lane.
  GeneratorTotals generator;
  std::set<std::string> regimes;  ///< All that were seen, without "none".
  ClockFacts clocks;              ///< As looked at before the first build.
  /// Transmit times and stamps come from one clock. If not, times since sending are off by an unknown
  /// constant, and only their differences mean anything.
  bool one_clock = true;
  std::optional<OneWayBounds> one_way;  ///< With two clocks, where it can be bounded.
  std::optional<double> drift_ppm;      ///< With two clocks; ClockLink::drift_ppm().
  double elapsed_s = 0;
  std::string partial_reason;  ///< Why the run ended early; empty when it did not.
  std::string ended_by;        ///< "width", "budget", "builds", "stop".
  /// For a run that ended by width: how many builds counted at the look before the last; else 0.
  std::size_t looked_before = 0;

  /// The first lane of a role; nothing where there is none.
  [[nodiscard]] std::optional<std::size_t> lane_of(Role role) const;
  /// How many builds count.
  [[nodiscard]] std::size_t good_builds() const;

  /// Folds a build's slots and adds them. With reasons in `why_void`, the build is recorded and none of its
  /// slots counts.
  void add_build(double begun_s, const std::vector<SlotResult>& slots, std::vector<std::string> why_void);
};

}  // namespace hopcost::campaign
