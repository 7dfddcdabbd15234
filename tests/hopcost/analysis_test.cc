// Known costs go in, drift and noise on top; the figures must find them, and must say when they can't.
#include "campaign/analysis.h"

#include <gtest/gtest.h>

#include "campaign/plan.h"
#include "synthetic.h"

namespace hopcost::campaign {
namespace {

constexpr double kHost = 330, kBridge = 680, kTapIn = 110, kTapOut = 150;
const std::vector<MeasuredPath> kPaths = {
    {"host", "host", Role::kMode, {{"end", "d0"}}},
    {"bridge", "bridge", Role::kMode, {{"wire", "d0"}, {"port", "v0", true}, {"end", "eth0"}}},
    {"host-repeat", "host", Role::kRepeat, {{"end", "d0"}}},
    {"host-rebuild", "host", Role::kRebuild, {{"end", "d0"}}},
    {"veth", "veth", Role::kMode, {{"wire", "d0"}, {"port", "v0", true}, {"end", "eth0"}}}};

/// Blocks as the runner would make them; latency creeps up by `drift_ns` a slot.
std::vector<SlotResult> campaign_of(int blocks, double drift_ns, double bridge_cost = kBridge - kHost) {
  std::mt19937_64 random(42);
  std::vector<SlotResult> slots;
  double drift = 0;
  for (std::uint32_t b = 0; b < static_cast<std::uint32_t>(blocks); ++b) {
    for (const auto& p : plan_block({{0, 1, 2, 3, 4}, {0, 1, 4}}, random)) {
      drift += drift_ns;
      const bool far = p.path == 1 || p.path == 4;
      const double base = (far ? kHost + bridge_cost : kHost) + drift;
      if (p.kind == SlotKind::kEnd) slots.push_back(synthetic_slot(p.kind, p.path, b, base, random));
      if (p.kind == SlotKind::kHop && p.path == 0) {
        slots.push_back(
            synthetic_slot(p.kind, p.path, b, base + kTapIn, random, {"end-twin", "end"}, {base, kTapIn}));
      }
      if (p.kind == SlotKind::kHop && far) {
        slots.push_back(synthetic_slot(p.kind, p.path, b, base + kTapIn + kTapOut, random,
                                       {"wire", "port", "end"},
                                       {kHost + drift, 200 + kTapOut, base - kHost - drift - 200 + kTapIn}));
      }
    }
  }
  return slots;
}

TEST(Analysis, FindsTheCostUnderDrift) {
  const Figures f = analyse(kPaths, campaign_of(15, 3.0), Gates{}, 1);
  ASSERT_EQ(f.modes.size(), 3u);
  const Cost& cost = *f.modes[1].cost;
  EXPECT_TRUE(cost.median.ci.holds(kBridge - kHost)) << cost.median.ci.lo << " " << cost.median.ci.hi;
  EXPECT_LT(cost.median.ci.half_width(), 10);
  EXPECT_EQ(cost.verdict, "higher");
  EXPECT_FALSE(f.modes[0].cost) << "host is the reference";
  ASSERT_TRUE(f.aa);
  EXPECT_TRUE(f.aa->shift.ci.holds(0));
  EXPECT_TRUE(f.fit) << f.reasons.front();
}

TEST(Analysis, TapCostsAreFoundTakenOffAndTheSumCloses) {
  const Figures f = analyse(kPaths, campaign_of(15, 0.5), Gates{}, 1);
  EXPECT_NEAR(f.tap_in.value, kTapIn, 4);
  EXPECT_NEAR(f.tap_out.value, kTapOut, 4);
  const ModeFigures& bridge = f.modes[1];
  ASSERT_EQ(bridge.hops.size(), 3u);
  EXPECT_NEAR(bridge.hops[1].mean_ns(), 200, 5);
  EXPECT_NEAR(bridge.hops[2].mean_ns(), 150, 6);
  ASSERT_TRUE(bridge.closure);
  EXPECT_TRUE(bridge.closure->unexplained.ci95.holds(0));
  ASSERT_EQ(f.modes[0].hops.size(), 1u) << "a path with one tap is one hop, from the transmit stamp";
  EXPECT_EQ(f.modes[0].hops[0].from + ">" + f.modes[0].hops[0].to, "tx>end")
      << "a tap and its twin are no hop";
  EXPECT_TRUE(f.modes[0].closure->unexplained.ci95.holds(0));
}

TEST(Analysis, AnUnexplainedGapIsShown) {
  auto slots = campaign_of(12, 0);
  std::mt19937_64 random(5);
  for (SlotResult& s : slots) {  // 100 ns that no tap accounts for, for veth has the same taps
    if (s.kind == SlotKind::kHop && s.path == 1) {
      s = synthetic_slot(s.kind, 1, s.block, kBridge + kTapIn + kTapOut + 100, random,
                         {"wire", "port", "end"}, {kHost, 350, 360});
    }
  }
  const Figures f = analyse(kPaths, slots, Gates{}, 1);
  EXPECT_FALSE(f.modes[1].closure->unexplained.ci95.holds(0));
}

// Taps that read the clock first: what one costs lies behind its stamp.
TEST(Analysis, ATapThatStampsFirstIsTakenOffTheHopBehindIt) {
  const std::vector<MeasuredPath> paths = {
      {"host", "host", Role::kMode, {{"wire", "d0"}, {"socket", "udp/9"}}, true},
      {"bridge", "bridge", Role::kMode, {{"wire", "d0"}, {"port", "v0", true}, {"socket", "udp/9"}}, true}};
  constexpr double kIn = 50, kOut = 70;
  std::mt19937_64 random(3);
  std::vector<SlotResult> slots;
  for (std::uint32_t b = 0; b < 12; ++b) {
    for (const auto& p : plan_block({{0, 1}, {0, 1}}, random)) {
      const bool host = p.path == 0;
      const double base = host ? kHost : kBridge;
      if (p.kind == SlotKind::kEnd) {
        slots.push_back(synthetic_slot(p.kind, p.path, b, base, random));
      } else if (host) {
        slots.push_back(synthetic_slot(p.kind, p.path, b, base + kIn, random, {"wire", "socket"},
                                       {200, base - 200 + kIn}));
      } else {
        slots.push_back(synthetic_slot(p.kind, p.path, b, base + kIn + kOut, random,
                                       {"wire", "port", "socket"}, {200, 150 + kIn, base - 350 + kOut}));
      }
    }
  }
  const Figures f = analyse(paths, slots, Gates{}, 1);
  EXPECT_NEAR(f.tap_in.value, kIn, 2);
  EXPECT_NEAR(f.tap_out.value, kOut, 2);
  const auto& bridge = f.modes[1].hops;
  ASSERT_EQ(bridge.size(), 3u);
  EXPECT_EQ(bridge[1].from + ">" + bridge[1].to, "wire>port");
  EXPECT_EQ(bridge[2].from + ">" + bridge[2].to, "port>socket");
  EXPECT_NEAR(bridge[1].mean_ns(), 150, 3);
  EXPECT_NEAR(bridge[2].mean_ns(), kBridge - 350, 3);
  for (const auto& mode : f.modes) EXPECT_TRUE(mode.closure->unexplained.ci95.holds(0)) << mode.path.name;
}

// Without host's hop slots the two kinds of tap can't be told apart: then no hop with a tap taken off has a
// figure.
TEST(Analysis, AHopWhoseTapCostIsNotKnownHasNoFigure) {
  auto slots = campaign_of(8, 0);
  std::erase_if(slots, [](const SlotResult& s) { return s.kind == SlotKind::kHop && s.path == 0; });
  const Figures f = analyse(kPaths, slots, Gates{}, 1);
  EXPECT_TRUE(f.modes[1].hops[0].invalid.empty());
  EXPECT_FALSE(f.modes[1].hops[1].invalid.empty());
  EXPECT_FALSE(f.modes[1].hops[2].invalid.empty());
  EXPECT_FALSE(f.modes[1].closure);
}

TEST(Analysis, NoCostIsNotCalledHigherAndCanBeCalledSame) {
  const Figures f = analyse(kPaths, campaign_of(15, 1.0, 0), Gates{}, 1);
  EXPECT_EQ(f.modes[1].cost->verdict, "same");
}

TEST(Analysis, TooFewBlocksClaimNothing) {
  const Figures f = analyse(kPaths, campaign_of(3, 0), Gates{}, 1);
  EXPECT_EQ(f.modes[1].cost->verdict, "undecided");
  EXPECT_FALSE(f.fit);
}

TEST(Analysis, AVoidSlotTakesItsBlockOutOfTheContrastOnly) {
  auto slots = campaign_of(10, 0);
  for (SlotResult& s : slots) {
    if (s.block == 4 && s.path == 1 && s.kind == SlotKind::kEnd) {
      s.voided_by = {"late"};
      break;
    }
  }
  const Figures f = analyse(kPaths, slots, Gates{}, 1);
  EXPECT_EQ(f.modes[1].cost->median.n, 9u);
  EXPECT_EQ(f.modes[1].void_slots, 1u);
  EXPECT_EQ(f.modes[1].void_reasons.at("late"), 1u);
  EXPECT_FALSE(f.modes[1].blocks[4].p50_ns);
  EXPECT_TRUE(f.aa->shift.n == 10u);
}

TEST(Analysis, ManyVoidSlotsMakeTheRunUnfit) {
  auto slots = campaign_of(10, 0);
  int n = 0;
  for (SlotResult& s : slots) {
    if (s.path == 1 && ++n % 8 == 0) s.voided_by = {"steal"};
  }
  EXPECT_FALSE(analyse(kPaths, slots, Gates{}, 1).fit);
}

TEST(Analysis, StaleStampsMakeTheRunUnfit) {
  auto slots = campaign_of(10, 0);
  slots[3].regime = "software";
  const Figures f = analyse(kPaths, slots, Gates{}, 1);
  EXPECT_EQ(f.regime, "mixed");
  EXPECT_FALSE(f.fit);
}

/// Bridge costs 15 ns; the control at `path` is off by 25.
Figures with_control_off(std::size_t path) {
  auto slots = campaign_of(15, 0, 15);
  std::mt19937_64 random(6);
  for (SlotResult& s : slots) {
    if (s.path == path) s = synthetic_slot(s.kind, path, s.block, kHost + 25, random);
  }
  return analyse(kPaths, slots, Gates{}, 1);
}

// A control that differs is this machine's noise floor: what lies below it is not claimed.
TEST(Analysis, ARepeatThatDiffersForbidsSmallClaims) {
  const Figures f = with_control_off(2);
  EXPECT_FALSE(f.aa->shift.ci.holds(0));
  EXPECT_TRUE(f.rebuild->shift.ci.holds(0));
  EXPECT_EQ(f.modes[1].cost->verdict, "undecided");
  EXPECT_FALSE(f.reasons.empty());
}

TEST(Analysis, ARebuildThatDiffersForbidsSmallClaims) {
  const Figures f = with_control_off(3);
  EXPECT_TRUE(f.aa->shift.ci.holds(0));
  EXPECT_FALSE(f.rebuild->shift.ci.holds(0));
  EXPECT_EQ(f.modes[1].cost->verdict, "undecided");
  EXPECT_FALSE(f.reasons.empty());
}

TEST(Analysis, CountersAreAPacketAndNullWhenOneIsMissing) {
  const Figures f = analyse(kPaths, campaign_of(8, 0), Gates{}, 1);
  EXPECT_DOUBLE_EQ(*f.modes[0].per_packet[0], 1000);
  EXPECT_FALSE(f.modes[0].per_packet[1]);
}

}  // namespace
}  // namespace hopcost::campaign
