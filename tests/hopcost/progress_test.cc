// What a person sees while a run goes on.
#include "campaign/measure/progress.h"

#include <gtest/gtest.h>

#include "tests/hopcost/synthetic.h"

namespace hopcost::campaign {
namespace {

std::size_t count(const std::string& text, const std::string& what) {
  std::size_t n = 0;
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += what.size()) ++n;
  return n;
}

TEST(Progress, BeforeTheFirstBuildThereIsALineAModeAndNoFigure) {
  const Measured m = Simulation(Machine{}).nothing_yet();
  const auto table = ProgressView::table({m, costs_so_far(m), 12, 0, 90, false});
  ASSERT_EQ(table.size(), 2u);
  EXPECT_NE(table[0].find("90 s left"), std::string::npos);
  EXPECT_NE(table[0].find("0 builds of 12"), std::string::npos) << table[0];
  EXPECT_NE(table[1].find("bridge"), std::string::npos);
  EXPECT_NE(table[1].find("..."), std::string::npos);
}

TEST(Progress, AFigureStandsThereFromTheFirstBuildOnAndAnIntervalLater) {
  const Measured one = Simulation(Machine{}).run(1), many = Simulation(Machine{}).run(8);
  const auto early = ProgressView::table({one, costs_so_far(one), 0, 5, 85, true}),
             later = ProgressView::table({many, costs_so_far(many), 16, 40, 50, true});
  EXPECT_NE(early[1].find("+3"), std::string::npos) << early[1];
  EXPECT_NE(early[1].find("±"), std::string::npos);
  EXPECT_EQ(early[1].find('['), std::string::npos) << "no interval over builds yet";
  EXPECT_NE(later[1].find("[+3"), std::string::npos) << later[1];
  EXPECT_NE(later[0].find("8 builds of 16"), std::string::npos);
}

TEST(Progress, TheBarFillsWithTime) {
  const Measured m = Simulation(Machine{}).nothing_yet();
  const auto filled = [&](double elapsed, double left) {
    return count(ProgressView::table({m, costs_so_far(m), 0, elapsed, left, false})[0], "━");
  };
  EXPECT_EQ(filled(0, 90), 0u);
  EXPECT_EQ(filled(45, 45), 12u);
  EXPECT_EQ(filled(90, 0), 24u);
  EXPECT_EQ(filled(0, 0), 0u);
}

TEST(Progress, TheLineHoldsAllModes) {
  Machine machine;
  machine.modes.push_back(bridge_way(100));
  machine.modes.back().name = "macvlan";
  const Measured m = Simulation(machine).run(8);
  const std::string line = ProgressView::line({m, costs_so_far(m), 11, 40, 50, true});
  EXPECT_TRUE(line.starts_with("8 builds of 11, 50 s left; bridge +3")) << line;
  EXPECT_NE(line.find("; macvlan +"), std::string::npos);
  EXPECT_EQ(line.find('\n'), std::string::npos);
}

/// Seconds since the start, and whether a build was over then.
using Steps = std::vector<std::pair<double, bool>>;

/// What the view writes to standard error, which is no terminal here.
std::string shown(bool quiet, const Steps& steps) {
  const Measured m = Simulation(Machine{}).run(1);
  const auto costs = costs_so_far(m);
  testing::internal::CaptureStderr();
  {
    ProgressView view(quiet);
    for (const auto& [elapsed, build_over] : steps) view.show({m, costs, 9, elapsed, 50, build_over});
  }
  return testing::internal::GetCapturedStderr();
}

TEST(Progress, WithoutATerminalThereIsALineEveryTenSecondsAfterABuild) {
  const std::string text = shown(
      false, Steps{{1, false}, {3, true}, {6, true}, {12, true}, {13.5, false}, {14, true}, {30, true}});
  EXPECT_EQ(count(text, "\n"), 3u) << text;
  EXPECT_EQ(count(text, "1 builds of 9"), 3u);
  EXPECT_EQ(text.find('\033'), std::string::npos) << "nothing of a terminal's";
}

TEST(Progress, WithoutATerminalNothingIsSaidBeforeABuildIsOver) {
  EXPECT_EQ(shown(false, Steps{{1, false}, {20, false}}), "");
}

TEST(Progress, QuietIsQuiet) {
  EXPECT_EQ(shown(true, Steps{{3, true}, {30, true}}), "");
}

}  // namespace
}  // namespace hopcost::campaign
