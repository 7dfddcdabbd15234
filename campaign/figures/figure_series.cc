#include "campaign/figures/figure_series.h"

#include <algorithm>
#include <cmath>

namespace hopcost::campaign {
namespace {

/// The contrast on the scale; nothing where a figure is missing, or where kRatio meets one that is not above
/// 0.
std::optional<double> contrast(Scale scale, std::optional<double> a, std::optional<double> b) {
  if (!a || !b) return std::nullopt;
  if (scale == Scale::kDifference) return *a - *b;
  return *a > 0 && *b > 0 ? std::optional(std::log(*a / *b)) : std::nullopt;
}

/// A figure with one number per build, so without scatter within the build.
std::optional<Spread> alone(std::optional<double> value) {
  return value ? std::optional(Spread{.value = *value}) : std::nullopt;
}

double margin_of(const FigureKind& kind) {
  return kind.scale == Scale::kRatio ? std::log1p(kind.same_within) : kind.same_within;
}

std::optional<std::size_t> lane_of(const std::vector<Lane>& lanes, Role role) {
  const auto at = std::ranges::find(lanes, role, &Lane::role);
  if (at == lanes.end()) return std::nullopt;
  return static_cast<std::size_t>(at - lanes.begin());
}

}  // namespace

OverBuilds contrast_of(const FigureSeries& series, std::size_t a, std::size_t b) {
  ByBuild figures;
  for (const auto& build : series.by_build)
    figures.push_back(alone(contrast(series.kind.scale, build[a], build[b])));
  return over_builds(figures);
}

std::size_t builds_of_zero(const FigureSeries& series, std::size_t lane) {
  if (series.kind.scale != Scale::kRatio) return 0;
  return static_cast<std::size_t>(std::ranges::count_if(
      series.by_build, [&](const auto& build) { return build[lane] && !(*build[lane] > 0); }));
}

ComparedFigure compare(const FigureSeries& series, const std::vector<Lane>& lanes) {
  ComparedFigure figure{.kind = series.kind, .modes = {}, .repeat = {}, .instance = {}};
  for (std::size_t lane = 0; lane < lanes.size(); ++lane) {
    if (lanes[lane].role != Role::kMode) continue;
    ByBuild own;
    for (const auto& build : series.by_build) own.push_back(alone(build[lane]));
    ComparedMode mode{.lane = lane, .value = over_builds(own), .against_host = {}};
    if (lane != 0) {
      OverBuilds less_host = contrast_of(series, lane, 0);
      if (less_host.builds() > 0) mode.against_host = unjudged(std::move(less_host), margin_of(series.kind));
    }
    figure.modes.push_back(std::move(mode));
  }
  if (const auto repeat = lane_of(lanes, Role::kRepeat)) figure.repeat = contrast_of(series, *repeat, 0);
  if (const auto second = lane_of(lanes, Role::kInstance)) figure.instance = contrast_of(series, *second, 0);
  std::vector<Judged*> family;
  for (ComparedMode& m : figure.modes) {
    if (m.against_host) family.push_back(&*m.against_host);
  }
  judge(family, floors_of({&figure.repeat, &figure.instance}), margin_of(series.kind));
  return figure;
}

double shown(const FigureKind& kind, double contrast) {
  return kind.scale == Scale::kRatio ? std::expm1(contrast) : contrast;
}

std::string in_words(const FigureKind& kind, const std::string& verdict) {
  if (kind.better == Better::kNeither || (verdict != "higher" && verdict != "lower")) return verdict;
  return (verdict == "higher") == (kind.better == Better::kHigher) ? "better" : "worse";
}

}  // namespace hopcost::campaign
