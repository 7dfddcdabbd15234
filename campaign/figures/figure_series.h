// Any figure by build and lane, with a unit and a direction, compared mode by mode as packets' costs are:
// intervals over builds, Holm, verdicts that the controls allow. Pure. Includes base, stats.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "campaign/bench/lanes.h"
#include "campaign/figures/verdicts.h"

namespace hopcost::campaign {

/// What two lanes' figures are compared by.
enum class Scale {
  kRatio,       ///< Logarithm of the ratio: what a slow minute does to both drops out. Of figures above 0.
  kDifference,  ///< Of figures that may be 0.
};

/// Which way is good.
enum class Better { kLower, kHigher, kNeither };

/// A figure's name, what it is in, and which way is good.
struct FigureKind {
  std::string name, unit;
  Better better = Better::kLower;
  Scale scale = Scale::kRatio;
  double same_within = 0.02;  ///< Of host's (kRatio), or in `unit`: no difference worth the name.
};

/// The figure of each build and lane; nothing where its quanta were void.
struct FigureSeries {
  FigureKind kind;
  std::vector<std::vector<std::optional<double>>> by_build;
};

/// One lane's figure, and what it is against host's.
struct ComparedMode {
  std::size_t lane = 0;
  OverBuilds value;  ///< In the figure's unit, without a shift from anything.
  std::optional<Judged>
      against_host;  ///< On the figure's scale: shown() makes it readable. None of host itself.
};

/// All modes of one figure.
struct ComparedFigure {
  FigureKind kind;
  std::vector<ComparedMode> modes;  ///< Host first.
  OverBuilds repeat, instance;      ///< The controls: =host and host#2 less host, on the figure's scale.
};

/// Of each build that has both: lane `a` against lane `b`, on the figure's scale.
[[nodiscard]] OverBuilds contrast_of(const FigureSeries& series, std::size_t a, std::size_t b);

/// Builds in which that lane has a figure and no contrast, since a ratio can't be had of 0.
[[nodiscard]] std::size_t builds_of_zero(const FigureSeries& series, std::size_t lane);

/// Modes against host. The family of Holm's adjustment is this figure's modes.
[[nodiscard]] ComparedFigure compare(const FigureSeries& series, const std::vector<Lane>& lanes);

/// A contrast as a share (0.1: a tenth more) of what it is against, or, of kDifference, in the figure's unit.
[[nodiscard]] double shown(const FigureKind& kind, double contrast);

/// "better", "worse", or the verdict as it is where neither, and where the figure has no good way.
[[nodiscard]] std::string in_words(const FigureKind& kind, const std::string& verdict);

}  // namespace hopcost::campaign
