// From slots to figures: blocks are the unit, packets of different blocks are never pooled into one test.
// Pure: the same slots give the same figures. Includes base, stats.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "campaign/slot.h"
#include "stats/hdr_histogram.h"
#include "stats/paired.h"

namespace hopcost::campaign {

/// A point of a path where a tap may stand.
struct MeasuredPoint {
  std::string name, device;
  bool out = false;  ///< a tap there costs what one on the transmit side does.
};

/// The paths a run measured, as analyse() needs to know them.
struct MeasuredPath {
  std::string name, topology;
  Role role = Role::kMode;
  std::vector<MeasuredPoint> points;  ///< in the order a packet passes them; the last is the end.
  /// Whether the taps read the clock before all else, so that what one costs falls behind its stamp, or after
  /// their work, so that it falls before.
  bool stamp_first = false;
};

/// An estimate over blocks. `known` is false with too few blocks for an interval.
struct Estimate {
  double value = 0;
  Interval ci95{0, 0};
  bool known = false;
};

/// Mode less host at one quantile, or another contrast.
struct Cost {
  Shift median;  ///< Hodges-Lehmann over block differences of the median, ns.
  Interval bootstrap{0, 0};
  Equivalence equivalence;  ///< TOST at kEquivalenceNs.
  double p_holm = 1;
  Estimate mean;                          ///< of the trimmed means.
  std::map<std::string, Estimate> shift;  ///< "p50", "p90", "p99", "p999".
  std::string verdict;                    ///< higher, lower, same, undecided.
};

struct Hop {
  std::string from, to;
  double raw_mean_ns = 0, tap_cost_ns = 0;
  Interval ci95{0, 0};
  std::size_t blocks = 0;   ///< whole blocks the means are of; 0: they mean nothing.
  bool known = false;       ///< ci95 is there.
  bool tap_is_out = false;  ///< the tap taken off is a transmit-side one.
  HdrHistogram times;
  HdrHistogram cross_times;  ///< of them, packets that changed the CPU; the first hop's are not told apart.
  CpuCounts cpu;
  std::string part;  ///< what of the kernel's work it is ("backlog wait"), or empty.
  std::string invalid;
  [[nodiscard]] double mean_ns() const noexcept { return raw_mean_ns - tap_cost_ns; }
};

struct Closure {
  double end_to_end_mean_ns = 0, hop_sum_ns = 0;
  Estimate unexplained;
};

struct BlockPoint {
  std::uint32_t block = 0;
  std::optional<double> p50_ns, mean_ns, cost_ns;
};

inline constexpr std::array<const char*, 4> kCounterNames = {"cycles", "instructions", "context_switches",
                                                             "page_faults"};

struct ModeFigures {
  MeasuredPath path;
  TapCount end;  ///< the end slots' account, at the last tap.
  std::uint64_t sent = 0;
  HdrHistogram end_to_end;
  CpuCounts end_cpu;
  std::optional<Cost> cost;
  std::vector<Hop> hops;
  std::optional<Closure> closure;
  std::array<std::optional<double>, kCounterNames.size()> per_packet;
  std::string missing_counters;
  std::vector<TapCount> taps;                               ///< hop slots.
  std::uint32_t slots = 0, void_slots = 0, slow_slots = 0;  ///< slow: void for nothing but slow_cpu.
  std::map<std::string, std::uint32_t> void_reasons;
  std::vector<BlockPoint> blocks;
};

/// Names of the histogram logs in the result folder.
[[nodiscard]] std::string mode_log_name(const ModeFigures& mode);
[[nodiscard]] std::string hop_log_name(const ModeFigures& mode, const Hop& hop);

struct Pair {
  std::string a, b;
  Shift shift;
};

struct Figures {
  std::vector<ModeFigures> modes;  ///< without repeat and rebuild.
  std::vector<Pair> pairs;
  std::optional<Pair> aa;       ///< a: the mode, b: the same once more.
  std::optional<Pair> rebuild;  ///< a: the mode, b: a second build of it.
  std::optional<double> mde_ns;
  Estimate tap_in, tap_out;  ///< what one open tap costs a packet.
  std::uint32_t blocks = 0, void_blocks = 0;
  std::string regime;
  bool fit = true;
  std::vector<std::string> reasons;
};

/// Half the narrowest equivalence worth the word "same": costs within this of 0 are, to 95 %, no cost.
inline constexpr double kEquivalenceNs = 10;

[[nodiscard]] Figures analyse(const std::vector<MeasuredPath>& paths, const std::vector<SlotResult>& slots,
                              const Gates& gates, std::uint64_t seed);

/// The widest half-width among the costs so far; nothing until every mode has an interval. Looks at widths
/// alone, never at where the intervals are, so that stopping by it favours no answer.
[[nodiscard]] std::optional<double> widest_half_width(const std::vector<MeasuredPath>& paths,
                                                      const std::vector<SlotResult>& slots);

}  // namespace hopcost::campaign
