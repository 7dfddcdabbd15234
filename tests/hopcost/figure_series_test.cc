// Figures of loads compared: contrasts known beforehand, directions, controls, holes.
#include "campaign/figures/figure_series.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace hopcost::campaign {
namespace {

constexpr std::size_t kBuilds = 16;

std::vector<Lane> lanes() {
  return lanes_for({"host", "a", "b"});
}

/// Lanes: host, a, b, =host, host#2. Every build is faster or slower than the others, for all lanes alike.
FigureSeries series(double a, double b, Scale scale = Scale::kRatio, double second = 1) {
  std::mt19937 draw(3);
  std::normal_distribution<double> mood(0, 0.2), noise(0, 0.003);
  FigureSeries s{{.name = "f", .unit = "x", .better = Better::kHigher, .scale = scale}, {}};
  if (scale == Scale::kDifference) s.kind.same_within = 0.1;
  for (std::size_t i = 0; i < kBuilds; ++i) {
    const double speed = std::exp(mood(draw));
    auto& build = s.by_build.emplace_back();
    for (const double factor : {1.0, a, b, 1.0, second})
      build.push_back(scale == Scale::kRatio ? 1000 * speed * factor * std::exp(noise(draw))
                                             : factor - 1 + noise(draw));
  }
  return s;
}

TEST(FigureSeries, AContrastIsFoundThroughTheMachinesMoods) {
  const ComparedFigure f = compare(series(0.9, 1.0), lanes());
  ASSERT_EQ(f.modes.size(), 3u);
  EXPECT_FALSE(f.modes[0].against_host);
  const Judged& a = *f.modes[1].against_host;
  EXPECT_NEAR(shown(f.kind, a.median.shift().estimate), -0.1, 0.003);
  EXPECT_LT(shown(f.kind, a.median.shift().ci.half_width()), 0.005) << "the mood of a build is both lanes'";
  EXPECT_EQ(a.verdict, "lower");
  EXPECT_EQ(in_words(f.kind, a.verdict), "worse");
  EXPECT_EQ(f.modes[2].against_host->verdict, "same");
  EXPECT_GT(f.modes[1].value.shift().ci.half_width(), 20) << "the values themselves have moods";
}

TEST(FigureSeries, DirectionIsTheFigures) {
  FigureKind lower{.name = "t", .unit = "ns", .better = Better::kLower};
  EXPECT_EQ(in_words(lower, "lower"), "better");
  EXPECT_EQ(in_words(lower, "higher"), "worse");
  EXPECT_EQ(in_words(lower, "undecided"), "undecided");
  const FigureKind rate{.name = "interrupts", .unit = "1/s", .better = Better::kNeither};
  EXPECT_EQ(in_words(rate, "higher"), "higher") << "a faster mode has more of them, and is not worse";
  EXPECT_EQ(in_words(rate, "lower"), "lower");
}

// A second instance of host that differs by 5 % forbids claims up to that.
TEST(FigureSeries, NoVerdictBeyondTheControls) {
  const ComparedFigure f = compare(series(0.97, 0.8, Scale::kRatio, 1.05), lanes());
  EXPECT_EQ(f.modes[1].against_host->verdict, "undecided");
  EXPECT_EQ(f.modes[2].against_host->verdict, "lower");
}

TEST(FigureSeries, FiguresThatMayBeZeroAreComparedByDifference) {
  const ComparedFigure f = compare(series(2, 1, Scale::kDifference), lanes());
  EXPECT_NEAR(shown(f.kind, f.modes[1].against_host->median.shift().estimate), 1, 0.01);
  EXPECT_EQ(f.modes[1].against_host->verdict, "higher");
  EXPECT_EQ(f.modes[2].against_host->verdict, "same");
}

TEST(FigureSeries, AVoidLaneTakesItsOwnBuildsAlone) {
  FigureSeries s = series(0.9, 1.0);
  for (auto& build : s.by_build) build[2].reset();
  s.by_build[0][1].reset();
  const ComparedFigure f = compare(s, lanes());
  EXPECT_EQ(f.modes[1].against_host->median.builds(), kBuilds - 1);
  EXPECT_FALSE(f.modes[2].against_host);
  EXPECT_EQ(f.modes[1].against_host->verdict, "lower");
}

TEST(FigureSeries, BuildsWithoutARatioAreCounted) {
  FigureSeries s = series(0.9, 1.0);
  s.by_build[0][1] = s.by_build[5][1] = 0;
  s.by_build[7][1].reset();
  EXPECT_EQ(builds_of_zero(s, 1), 2u);
  EXPECT_EQ(builds_of_zero(s, 0), 0u);
  EXPECT_EQ(compare(s, lanes()).modes[1].against_host->median.builds(), kBuilds - 3);
  s.kind.scale = Scale::kDifference;
  EXPECT_EQ(builds_of_zero(s, 1), 0u);
}

TEST(FigureSeries, OfTooFewBuildsNothingIsSaid) {
  FigureSeries s = series(0.5, 1.0);
  s.by_build.resize(3);
  const ComparedFigure f = compare(s, lanes());
  EXPECT_NEAR(shown(f.kind, f.modes[1].against_host->median.shift().estimate), -0.5, 0.01);
  EXPECT_EQ(f.modes[1].against_host->verdict, "undecided");
}

}  // namespace
}  // namespace hopcost::campaign
