// How sure the intervals are, by simulating the whole chain, from trains to verdicts, on machines whose speed
// wanders. Prints what it found, as a table of doc/accuracy.md ("How sure the intervals are");
// HOPCOST_SIMULATED_RUNS=20000 in the environment makes its figures finer.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <random>

#include "campaign/figures/analysis.h"
#include "campaign/figures/contrasts.h"
#include "stats/normal.h"
#include "tests/hopcost/simulated_run.h"
#include "tests/stats/alike_figures.h"

namespace hopcost::campaign {
namespace {

constexpr std::size_t kFewRuns = 400;
constexpr double kSimulationError = 2;       // percent: two standard errors of a coverage of 95 %
constexpr double kLarge = 800, kSmall = 60;  // ns: a bridge's cost, and a macvlan's

std::size_t runs() {
  const char* asked = std::getenv("HOPCOST_SIMULATED_RUNS");
  return asked != nullptr ? std::strtoul(asked, nullptr, 10) : kFewRuns;
}

double percent(std::size_t of) {
  return share_of(of, runs());
}

const Interval& ci(const OverBuilds& o) {
  return o.shift().ci;
}

/// Runs of which the interval holds what it should.
struct Held {
  std::size_t cost = 0, fast = 0, typical = 0, repeat = 0, instance = 0, share = 0;
  double half_width = 0, typical_half_width = 0;
};

using Simulate = BuildSeries (*)(const Law&, double, std::size_t, std::uint64_t);

Held hold(const NamedLaw& law, double cost_ns, std::size_t builds, Simulate make = simulate) {
  const double typical = typical_cost(law, cost_ns);
  Held held;
  for (std::size_t run = 0; run < runs(); ++run) {
    const Contrasts c = contrasts_of(make(law.law, cost_ns, builds, 1000 + run));
    held.cost += ci(c.mode).holds(true_cost(law.law, cost_ns, c.speed));
    held.fast += ci(c.mode).holds(cost_ns);
    held.typical += ci(c.typical).holds(typical);
    held.repeat += ci(c.repeat).holds(0);
    held.instance += ci(c.instance).holds(0);
    held.share += ci(c.share).holds(cost_ns / SimulatedRun::kHostNs);
    held.half_width += ci(c.mode).half_width() / static_cast<double>(runs());
    held.typical_half_width += ci(c.typical).half_width() / static_cast<double>(runs());
  }
  return held;
}

struct Scenario {
  const NamedLaw& law;
  double cost_ns;
  std::size_t builds;
  double least = 93, most = 97;  ///< Percent of the intervals that hold the cost.
  bool has_fastest = true;       ///< The machine has a speed that it often comes back to.
  double most_ns = kInfinite;    ///< How wide the intervals' halves may be on average.
  Simulate make = simulate;
};

void PrintTo(const Scenario& s, std::ostream* out) {
  *out << s.law.name << ", " << s.cost_ns << " ns, " << s.builds << " builds"
       << (s.make == simulate ? "" : ", time divided");
}

class Coverage : public testing::TestWithParam<Scenario> {};

TEST_P(Coverage, IntervalsHoldTheTruthAsOftenAsTheyClaim) {
  const auto& [law, cost_ns, builds, least, most, has_fastest, most_ns, make] = GetParam();
  const Held held = hold(law, cost_ns, builds, make);
  fmt::print("| {}{} | {} | {} | {:.1f} | {:.1f} | {:.1f} | {:.1f} | {:.1f} | {:.1f} | {:.1f} | {:.1f} |\n",
             law.name, make == simulate ? "" : ", time divided", cost_ns, builds, percent(held.cost),
             percent(held.fast), percent(held.share), percent(held.repeat), percent(held.instance),
             percent(held.typical), held.half_width, held.typical_half_width);
  EXPECT_GE(percent(held.cost), least - kSimulationError);
  EXPECT_LE(percent(held.cost), most + kSimulationError);
  EXPECT_LT(held.half_width, most_ns);
  if (has_fastest) {
    EXPECT_GE(percent(held.fast), least - kSimulationError);
  }
  for (const std::size_t part : {held.share, held.repeat, held.instance}) {
    EXPECT_GE(percent(part), 93 - kSimulationError);
    EXPECT_LE(percent(part), 97 + kSimulationError);
  }
}

INSTANTIATE_TEST_SUITE_P(Steady, Coverage,
                         testing::Values(Scenario{kSteady, kLarge, 8}, Scenario{kSteady, kLarge, 29},
                                         Scenario{kInstances, kLarge, 8}, Scenario{kInstances, kLarge, 29}));
INSTANTIATE_TEST_SUITE_P(
    Regimes, Coverage,
    testing::Values(Scenario{kOftenOneInstance, kLarge, 29}, Scenario{kOften, kLarge, 6},
                    Scenario{kOften, kLarge, 8}, Scenario{kOften, kLarge, 16}, Scenario{kOften, kLarge, 29},
                    Scenario{kOften, kLarge, 100}, Scenario{kOften, kSmall, 8}, Scenario{kOften, kSmall, 29},
                    Scenario{kSeldom, kLarge, 8}, Scenario{kSeldom, kLarge, 29},
                    Scenario{kOftenAndWave, kLarge, 29, 93, 97, false}, Scenario{kFlat, kLarge, 8, 90},
                    Scenario{kFlat, kLarge, 29, 90}, Scenario{kSteepest, kLarge, 8, 90},
                    Scenario{kSteepest, kLarge, 29, 90}, Scenario{kSteep, kSmall, 29},
                    Scenario{kSteep, kSmall, 100}, Scenario{kUnsteady, kLarge, 16},
                    Scenario{kUnsteady, kLarge, 29}, Scenario{kUnsteady, kLarge, 100},
                    Scenario{kTwoSpeeds, kLarge, 16, 93, 97, true, 12}, Scenario{kTwoSpeeds, kLarge, 29},
                    Scenario{kTwoSpeeds, kLarge, 100, 93, 97, true, 3.5}, Scenario{kTwoSpeeds, kSmall, 100}));
INSTANTIATE_TEST_SUITE_P(Differing, Coverage,
                         testing::Values(Scenario{kDiffering, kLarge, 8, 93, 97, false},
                                         Scenario{kDiffering, kLarge, 29, 93, 97, false},
                                         Scenario{kDiffering, kLarge, 100, 93, 97, false},
                                         Scenario{kDifferingOften, kLarge, 8},
                                         Scenario{kDifferingOften, kLarge, 29},
                                         Scenario{kDifferingOften, kLarge, 100}));
// The length of end slots is decided from the scatter of the same builds.
INSTANTIATE_TEST_SUITE_P(
    Divided, Coverage,
    testing::Values(Scenario{kInstances, kLarge, 29, 93, 97, true, kInfinite, simulate_divided},
                    Scenario{kOften, kLarge, 29, 93, 97, true, kInfinite, simulate_divided},
                    Scenario{kOftenOneInstance, kSmall, 29, 93, 97, true, kInfinite, simulate_divided}));
// A wave that is nearly all taken out still widens the interval.
INSTANTIATE_TEST_SUITE_P(
    Drift, Coverage,
    testing::Values(Scenario{kLine, kLarge, 8, 93, 97, false}, Scenario{kLine, kLarge, 29, 93, 97, false},
                    Scenario{kWave, kLarge, 8, 93, 97, false}, Scenario{kWave, kLarge, 29, 93, 100, false},
                    Scenario{kWave, kSmall, 8, 93, 97, false}, Scenario{kWave, kSmall, 29, 93, 97, false}));

// The fewer figures and the more alike, the less of it shows: eight can't tell of a strong likeness.
TEST(Coverage, FallsShortByLittleWhereFiguresFollowEachOther) {
  struct Case {
    double alike;
    std::size_t n;
    double least;
  };
  std::mt19937_64 random(11);
  for (const auto& [alike, n, least] : {Case{0.3, 8, 93},
                                        {0.3, 29, 93},
                                        {0.3, 100, 93},
                                        {0.5, 8, 90},
                                        {0.5, 29, 92},
                                        {0.5, 100, 93},
                                        {0.7, 8, 82},
                                        {0.7, 29, 88},
                                        {0.7, 100, 92}}) {
    std::size_t held = 0;
    for (std::size_t run = 0; run < runs(); ++run)
      held += shift_of(alike_figures(n, alike, random)).shift.ci.holds(0);
    fmt::print("| alike by {} | {} | {:.1f} |\n", alike, n, percent(held));
    EXPECT_GE(percent(held), least - kSimulationError) << alike << ", " << n;
  }
}

// What is as the run went holds for that run: the next one finds the CPU faster or slower.
TEST(Coverage, AsTheRunWentItWouldNot) {
  EXPECT_LT(percent(hold(kWave, kLarge, 8).typical), 90);
}

}  // namespace
}  // namespace hopcost::campaign
