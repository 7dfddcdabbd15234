// The budget of a cost and of a hop, term by term (doc/result-format.md).
#include "campaign/figures/uncertainty.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "stats/student_t.h"
#include "tests/hopcost/synthetic.h"

namespace hopcost::campaign {
namespace {

const UncertaintyTerm& term(const UncertaintyBudget& b, const char* name) {
  return *std::ranges::find(b.terms, name, &UncertaintyTerm::name);
}

std::vector<std::string> names_of(const UncertaintyBudget& b) {
  std::vector<std::string> names;
  for (const auto& t : b.terms) names.push_back(t.name);
  return names;
}

const std::vector<std::string> kCostTerms = {"stamp quantisation", "clock fit", "cross-CPU clock",
                                             "within build",       "CPU speed", "between builds"};
const std::vector<std::string> kHopTerms = {"stamp quantisation", "clock fit", "cross-CPU clock",
                                            "within build", "between builds"};

TEST(Uncertainty, OfACostHasEveryTermAndItsSource) {
  Machine machine;
  machine.build_sd_ns = 10;
  const Measured m = Simulation(machine).run(9);
  const Figures f = analyse(m, 1);
  const ModeFigures& bridge = f.levels[0].modes[1];
  const auto b = cost_uncertainty(m, 0, bridge);
  ASSERT_TRUE(b);
  EXPECT_EQ(names_of(*b), kCostTerms);
  for (const auto& t : b->terms) EXPECT_FALSE(t.how.empty()) << t.name;
  const OverBuilds& cost = bridge.cost->median;
  EXPECT_NEAR(*term(*b, "stamp quantisation").ns, 0.4 * std::sqrt(2 * 2 / 12.0 / (9 * 480)), 1e-9);
  EXPECT_EQ(*term(*b, "clock fit").ns, 0);
  EXPECT_EQ(*term(*b, "cross-CPU clock").ns, 0) << "no packet changed the CPU";
  EXPECT_DOUBLE_EQ(*term(*b, "within build").ns, cost.within_se);
  EXPECT_DOUBLE_EQ(*term(*b, "CPU speed").ns, cost.speed_se);
  EXPECT_EQ(term(*b, "between builds").degrees, cost.series.degrees);
  const double t = student_t_quantile(0.975, cost.series.degrees);
  EXPECT_NEAR(t * std::hypot(*term(*b, "within build").ns, *term(*b, "between builds").ns, cost.speed_se),
              cost.shift().ci.half_width(), 0.1 * cost.shift().ci.half_width())
      << "the terms make up the interval";
  EXPECT_GT(b->coverage_factor(), 2.2) << "few degrees of freedom";
}

TEST(Uncertainty, OfACostIsThereWithItsInterval) {
  const Measured m = Simulation(Machine{}).run(5);
  const Figures f = analyse(m, 1);
  EXPECT_FALSE(cost_uncertainty(m, 0, f.levels[0].modes[1]));
  EXPECT_FALSE(cost_uncertainty(m, 0, f.levels[0].modes[0])) << "host has no cost";
}

TEST(Uncertainty, PacketsThatChangeTheCpuCarryTheClocksDistance) {
  const auto crossing = [](std::uint64_t cross, std::uint64_t unknown, std::optional<double> bound) {
    Measured m = Simulation(Machine{}).run(8);
    m.clocks.cpu_bound_ns = bound;
    m.totals[0][0].end_cpu = {0, 0, 0};
    m.totals[0][1].end_cpu = {unknown > 0 ? 0 : 100 - cross, cross, unknown};
    const Figures f = analyse(m, 1);
    return term(*cost_uncertainty(m, 0, f.levels[0].modes[1]), "cross-CPU clock").ns;
  };
  EXPECT_EQ(crossing(0, 0, 30), 0);
  EXPECT_NEAR(*crossing(10, 0, 30), 0.1 * 30 / std::sqrt(3.0), 1e-9);
  EXPECT_NEAR(*crossing(0, 100, 30), 30 / std::sqrt(3.0), 1e-9) << "taps that do not tell: all may have";
  EXPECT_FALSE(crossing(10, 0, {})) << "no bound was measured: not known, never 0";
  EXPECT_EQ(crossing(0, 0, {}), 0);
}

TEST(Uncertainty, OfAHopHasTheClockFitAtTheSenderAlone) {
  Measured m = Simulation(Machine{}).run(8);
  const Figures f = analyse(m, 1);
  const auto& hops = f.levels[0].modes[1].hops;
  const auto first = hop_uncertainty(m, hops[0]), second = hop_uncertainty(m, hops[1]);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(names_of(*first), kHopTerms);
  EXPECT_EQ(*term(*first, "clock fit").ns, 3) << "the worst slot's";
  EXPECT_EQ(*term(*second, "clock fit").ns, 0);
  EXPECT_DOUBLE_EQ(*term(*second, "within build").ns, hops[1].standard_within);
  EXPECT_GT(hops[1].standard_within, 0);
  EXPECT_DOUBLE_EQ(*term(*second, "between builds").ns, hops[1].standard_between);
}

TEST(Uncertainty, OfAHopWithoutAFigureIsNothing) {
  const Measured m = Simulation(Machine{}).run(8);
  Figures f = analyse(m, 1);
  Hop& hop = f.levels[0].modes[1].hops[1];
  hop.invalid = "stale stamps";
  EXPECT_FALSE(hop_uncertainty(m, hop));
  hop.invalid.clear();
  hop.time.known = false;
  EXPECT_FALSE(hop_uncertainty(m, hop));
}

}  // namespace
}  // namespace hopcost::campaign
