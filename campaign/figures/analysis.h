// From builds to figures: the build is the unit. Pure: the same builds give the same figures. Includes base,
// stats.
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

/// A mode's figure at a quantile less host's, or a share of it.
struct Estimate {
  std::optional<double> value;
  Interval ci95{0, 0};
  bool known = false;  ///< ci95 is there.
};

/// Mode less host; the median at the speed of the undisturbed CPU. The verdict may also be "undefined".
struct Cost : Judged {
  OverBuilds typical;  ///< As the run went.
  Estimate share;      ///< Of host's own latency in the same pairs of trains; at the speed of `median`.
  std::map<std::string, Estimate> shift;  ///< "p50", "p90", "p99", "p999", as the run went.
};

/// One hop of a mode's path.
struct Hop {
  std::string from, to;
  Estimate time;                                                  ///< Difference of median arrivals, ns.
  double standard_within = 0, standard_between = 0, degrees = 0;  ///< For its uncertainty, ns.
  Estimate tap_cost;                                              ///< Of the tap at `to`; none at the end.
  const HopTimes* watched = nullptr;  ///< With all taps open; of Measured, or null.
  std::string invalid;
};

/// Slots with all taps open, against the others.
struct AllTaps {
  OverBuilds excess;              ///< End to end with all open less the end alone.
  std::optional<double> taps_ns;  ///< What they cost one at a time, summed; nothing where one is not known.
};

/// One of many containers.
struct ContainerFigure {
  OverBuilds p50;                     ///< Of its packets, over builds, as the run went.
  std::uint64_t timed = 0, lost = 0;  ///< Packets, all builds together; lost of the former.
};

/// How evenly many containers are served; Jain's index, 1 when all get the same.
struct Fairness {
  Estimate latency;   ///< Of the containers' median times.
  Estimate delivery;  ///< Of the shares of their packets that arrived.
  std::vector<ContainerFigure> containers;
};

/// Everything there is to tell of one mode.
struct ModeFigures {
  std::size_t lane = 0;
  std::array<Quantile, 5> quantiles;  ///< Of kQuantiles.
  std::optional<Cost> cost = {};      ///< Of all but host.
  std::vector<Hop> hops = {};
  std::optional<AllTaps> all_taps = {};
  std::optional<Fairness> fairness = {};  ///< Where packets were spread over many containers.
};

/// A quantile, as results name it.
struct NamedQuantile {
  const char* name;
  double q;
};
inline constexpr std::array<NamedQuantile, 5> kQuantiles = {
    {{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p999", 0.999}, {"p9999", 0.9999}}};

/// Two lanes, over builds.
struct Pair {
  std::size_t a, b;  ///< Lanes; a less b.
  OverBuilds difference;
};

/// One mode of a chain.
struct ChainMode {
  std::size_t lane = 0;
  double hops = 0;      ///< Bridges, or routers, in a row.
  OverBuilds residual;  ///< Its cost less the line's, ns; of chains of three modes and more.
};

/// Modes that differ by how many of one thing stand in a row.
struct Chain {
  std::string of;                    ///< The mode with one hop: "bridge".
  std::vector<ChainMode> modes;      ///< Two at least, by hops.
  OverBuilds slope;                  ///< Of the least-squares line: ns a hop.
  std::optional<double> p_straight;  ///< Of "the costs are on a line"; below 0.05 they are not.
};

/// One load.
struct LevelFigures {
  std::vector<ModeFigures> modes;  ///< Host first.
  std::vector<Pair> pairs;         ///< Of modes, host left out.
  std::optional<Pair> aa;          ///< =host less host.
  std::optional<Pair> instance;    ///< host#2 less host.
  std::optional<double> mde_ns;
  Slowness speed;
  std::vector<Chain> chains;
};

/// All that a run says; doc/measuring.md has what it means.
struct Figures {
  std::vector<LevelFigures> levels;
  std::string regime;
  bool fit = true;
  std::vector<std::string> reasons, next;
};

/// Costs within this of 0 are, to 95 %, no cost: the word "same".
inline constexpr double kEquivalenceNs = 10;

/// `seed` draws the resamples: the same one gives the same figures.
[[nodiscard]] Figures analyse(const Measured& measured, std::uint64_t seed);

/// A mode's cost over the builds so far.
struct CostSoFar {
  std::size_t level, lane;
  OverBuilds cost;
};

/// By level and mode but host. Looks at all builds again: call it once a build.
[[nodiscard]] std::vector<CostSoFar> costs_so_far(const Measured& measured);

/// Half-widths of their intervals; infinite with too few builds. Looks at widths alone, never at where the
/// intervals are, so that stopping by it favours no answer.
[[nodiscard]] std::vector<double> half_widths(const std::vector<CostSoFar>& costs);

}  // namespace hopcost::campaign
