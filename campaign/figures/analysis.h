// Makes a run's figures from its builds, which are the units of the statistics. Pure: the same builds give
// the same figures. Includes base, stats.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "campaign/figures/measured.h"
#include "campaign/figures/over_builds.h"
#include "campaign/figures/verdicts.h"
#include "stats/slowness.h"

namespace hopcost::campaign {

/// A figure with its 95 % interval, in the unit that its use names.
struct Estimate {
  std::optional<double> value;
  Interval ci95{0, 0};
  bool known = false;  ///< Whether ci95 has a value.
};

/// Mode less host, ns. `median` is at the speed of the undisturbed CPU. The verdict may also be "undefined".
struct Cost : Judged {
  OverBuilds typical;  ///< The same at the CPU's speed as it was.
  Estimate share;      ///< As a share of host's latency in the same pairs of trains; at the speed of
                       ///< `median`.
  std::map<std::string, Estimate> shift;  ///< By quantile: "p50", "p90", "p99", "p999", ns; at the CPU's
                                          ///< speed as it was.
};

/// One hop of a mode's path.
struct Hop {
  std::string from, to;
  Estimate time;                                                  ///< The difference of the median arrivals
                                                                  ///< at its two points, ns.
  double standard_within = 0, standard_between = 0, degrees = 0;  ///< For its uncertainty; the first two in
                                                                  ///< ns.
  Estimate tap_cost;                                              ///< Cost of the tap at `to`, ns; none at
                                                                  ///< the end.
  const HopTimes* watched = nullptr;  ///< The hop's times with all taps open; owned by Measured; may be null.
  std::string invalid;
};

/// Slots with all taps open, compared with the others.
struct AllTaps {
  OverBuilds excess;              ///< End to end with all taps open, less that with only the end's, ns.
  std::optional<double> taps_ns;  ///< The sum of what the taps cost one at a time, ns; nothing where one is
                                  ///< not known.
  Estimate shared;                ///< taps_ns less the excess, ns: work that the taps share, so that only the
                                  ///< first of them pays for it. None where taps_ns is not known.
};

/// The figures of one of many containers.
struct ContainerFigure {
  OverBuilds p50;                     ///< Median time of its packets, ns, over builds; at the CPU's speed as
                                      ///< it was.
  std::uint64_t timed = 0, lost = 0;  ///< Packets of all builds: those to be timed, and those of them that
                                      ///< were lost.
};

/// How evenly many containers are served: Jain's index, 1 when all get the same.
struct Fairness {
  Estimate latency;   ///< Of the containers' median times.
  Estimate delivery;  ///< Of the shares of their packets that arrived.
  std::vector<ContainerFigure> containers;
};

/// All figures of one mode.
struct ModeFigures {
  std::size_t lane = 0;
  std::array<Quantile, 5> quantiles;  ///< In the order of kQuantiles.
  std::optional<Cost> cost = {};      ///< None for host.
  std::vector<Hop> hops = {};
  std::optional<AllTaps> all_taps = {};
  std::optional<Fairness> fairness = {};  ///< Only where packets were spread over many containers.
};

/// A quantile and its name in results.
struct NamedQuantile {
  const char* name;
  double q;
};
inline constexpr std::array<NamedQuantile, 5> kQuantiles = {
    {{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p999", 0.999}, {"p9999", 0.9999}}};

/// The difference of two lanes over builds.
struct Pair {
  std::size_t a, b;  ///< Lanes.
  OverBuilds difference;
};

/// One mode of a chain.
struct ChainMode {
  std::size_t lane = 0;
  double hops = 0;      ///< How many bridges, or routers, stand in a row.
  OverBuilds residual;  ///< Its cost less the line's, ns; only for chains of three or more modes.
};

/// Modes that differ in how many of one thing stand in a row.
struct Chain {
  std::string of;                    ///< The name of the mode with one hop: "bridge".
  std::vector<ChainMode> modes;      ///< At least two, sorted by hops.
  OverBuilds slope;                  ///< Slope of the least-squares line, ns per hop.
  std::optional<double> p_straight;  ///< p-value of "the costs lie on a line"; below 0.05 they don't.
};

/// All figures of one load.
struct LevelFigures {
  std::vector<ModeFigures> modes;  ///< Host first.
  std::vector<Pair> pairs;         ///< Every two modes but host.
  std::optional<Pair> aa;          ///< =host less host.
  std::optional<Pair> instance;    ///< host#2 less host.
  std::optional<double> mde_ns;
  Slowness speed;
  std::vector<Chain> chains;
};

/// All figures of a run, and whether it is fit for a claim; doc/measuring.md says what they mean.
struct Figures {
  std::vector<LevelFigures> levels;
  std::string regime;
  bool fit = true;
  std::vector<std::string> reasons, next;
};

/// A cost that is shown to be within this many ns of 0 gets the verdict "same".
inline constexpr double kEquivalenceNs = 10;

/// Makes all figures. `seed` draws the resamples: the same seed gives the same figures.
[[nodiscard]] Figures analyse(const Measured& measured, std::uint64_t seed);

/// A mode's cost over the builds so far.
struct CostSoFar {
  std::size_t level, lane;
  OverBuilds cost;
};

/// The costs of all modes but host, by level. Goes through all builds again, so call it once per build.
[[nodiscard]] std::vector<CostSoFar> costs_so_far(const Measured& measured);

/// The half-widths of the costs' intervals, ns; infinite with too few builds. It ignores where the intervals
/// lie, so that stopping by their widths favours no answer.
[[nodiscard]] std::vector<double> half_widths(const std::vector<CostSoFar>& costs);

}  // namespace hopcost::campaign
