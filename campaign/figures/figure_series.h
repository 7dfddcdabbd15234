// Compares any figure that has a value per build and lane, mode by mode, in the way that packets' costs are
// compared: intervals over builds, Holm, verdicts that the controls allow. Pure. Includes base, stats.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "campaign/bench/lanes.h"
#include "campaign/figures/verdicts.h"

namespace hopcost::campaign {

/// How two lanes' figures are compared.
enum class Scale {
  kRatio,       ///< By the logarithm of their ratio, in which what slows both alike cancels. For figures
                ///< above 0.
  kDifference,  ///< By their difference. For figures that may be 0.
};

/// Whether lower or higher is better.
enum class Better { kLower, kHigher, kNeither };

/// A figure's name and unit, and how it is compared.
struct FigureKind {
  std::string name, unit;
  Better better = Better::kLower;
  Scale scale = Scale::kRatio;
  double same_within = 0.02;  ///< Differences up to this count as none: a share of host's figure (kRatio), or
                              ///< in `unit`.
};

/// One figure by build and lane; nothing where its quanta were void.
struct FigureSeries {
  FigureKind kind;
  std::vector<std::vector<std::optional<double>>> by_build;
};

/// One mode's figure, and its contrast with host's.
struct ComparedMode {
  std::size_t lane = 0;
  OverBuilds value;  ///< In the figure's unit.
  /// On the figure's scale, which shown() converts. None for host itself.
  std::optional<Judged> against_host;
};

/// One figure, compared over all modes.
struct ComparedFigure {
  FigureKind kind;
  std::vector<ComparedMode> modes;  ///< Host first.
  OverBuilds repeat, instance;      ///< The controls: =host and host#2 less host, on the figure's scale.
};

/// Lane `a` against lane `b`, over the builds that have both, on the figure's scale.
[[nodiscard]] OverBuilds contrast_of(const FigureSeries& series, std::size_t a, std::size_t b);

/// In how many builds the lane has a figure of 0 or below, for which no ratio exists. 0 for kDifference.
[[nodiscard]] std::size_t builds_of_zero(const FigureSeries& series, std::size_t lane);

/// Compares each mode with host. Holm's adjustment is over this figure's modes.
[[nodiscard]] ComparedFigure compare(const FigureSeries& series, const std::vector<Lane>& lanes);

/// Converts a contrast from the figure's scale: for kRatio to a share of the other's figure (0.1: a tenth
/// more), for kDifference it is already in the figure's unit.
[[nodiscard]] double shown(const FigureKind& kind, double contrast);

/// "better" or "worse" for a verdict of higher or lower, if the figure has a better direction; else the
/// verdict unchanged.
[[nodiscard]] std::string in_words(const FigureKind& kind, const std::string& verdict);

}  // namespace hopcost::campaign
