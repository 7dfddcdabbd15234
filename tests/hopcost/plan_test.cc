// Which slots a build has, in which order, and which taps they open.
#include "campaign/design/plan.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace hopcost::campaign {
namespace {

const std::vector<std::size_t> kInterior = {1, 2, 0};  // host, bridge, and a mode with its end alone

std::size_t count(const std::vector<PlannedSlot>& slots, std::size_t level, SlotKind kind) {
  return static_cast<std::size_t>(
      std::ranges::count_if(slots, [&](const PlannedSlot& s) { return s.level == level && s.kind == kind; }));
}

TEST(Plan, TheSameSeedGivesTheSamePlanAndAnotherOneDoesNot) {
  Plan a(2, kInterior, 3, 7), b(2, kInterior, 3, 7), c(2, kInterior, 3, 8);
  bool differs = false;
  for (int build = 0; build < 20; ++build) {
    const auto slots = a.next();
    EXPECT_EQ(slots, b.next());
    differs = differs || slots != c.next();
  }
  EXPECT_TRUE(differs);
}

// Not the library's: results of two machines with one seed are of one plan.
TEST(Plan, TheDrawIsTheSameEverywhere) {
  Random draw(1234567);  // the reference values of SplitMix64
  EXPECT_EQ(draw.bits(), 6457827717110365317u);
  EXPECT_EQ(draw.bits(), 3203168211198807973u);
  std::set<std::size_t> drawn;
  for (int i = 0; i < 200; ++i) drawn.insert(draw.below(3));
  EXPECT_EQ(drawn, (std::set<std::size_t>{0, 1, 2}));
}

TEST(Plan, ABuildHasItsSlotsAtEveryLevel) {
  Plan plan(2, kInterior, 1, 1);
  std::size_t slots = 0;
  constexpr std::size_t kBuilds = 6;
  for (std::size_t build = 0; build < kBuilds; ++build) {
    const auto now = plan.next();
    slots += now.size();
    for (std::size_t level = 0; level < 2; ++level) {
      EXPECT_EQ(count(now, level, SlotKind::kEnd), Plan::kEndSlots);
      EXPECT_EQ(count(now, level, SlotKind::kHop), 2u) << "as many as the longest path has interior taps";
      EXPECT_EQ(count(now, level, SlotKind::kAll), build % Plan::kBuildsAnAllSlot == 0 ? 1u : 0u);
    }
  }
  EXPECT_DOUBLE_EQ(plan.slots_a_build() * 2 * kBuilds, static_cast<double>(slots));
}

TEST(Plan, HopSlotsHaveALimitAndPathsWithoutInteriorTapsNone) {
  Plan many(1, {1, 11}, 1, 1), none(1, {0, 0}, 1, 1);
  EXPECT_EQ(count(many.next(), 0, SlotKind::kHop), Plan::kMostHopSlots);
  const auto slots = none.next();
  EXPECT_EQ(slots.size(), Plan::kEndSlots) << "nothing to open, so no slot with all taps open";
  EXPECT_EQ(count(slots, 0, SlotKind::kEnd), Plan::kEndSlots);
  EXPECT_DOUBLE_EQ(none.slots_a_build(), Plan::kEndSlots);
}

TEST(Plan, OneTapAModeAtMostAndNoneButInHopSlots) {
  Plan plan(1, kInterior, 1, 3);
  for (int build = 0; build < 10; ++build) {
    for (const PlannedSlot& s : plan.next()) {
      if (s.kind != SlotKind::kHop) {
        EXPECT_TRUE(s.taps.empty());
        continue;
      }
      ASSERT_EQ(s.taps.size(), kInterior.size());
      for (std::size_t m = 0; m < s.taps.size(); ++m) EXPECT_TRUE(!s.taps[m] || *s.taps[m] < kInterior[m]);
    }
  }
}

/// Opens of each tap of each mode and level, checked after each build against `least` and `most` apart.
void expect_even_deals(const std::vector<std::size_t>& interior, std::size_t builds_a_deal) {
  Plan plan(2, interior, 1, 5);
  std::map<std::vector<std::size_t>, int> opened;
  for (std::size_t level = 0; level < 2; ++level) {
    for (std::size_t m = 0; m < interior.size(); ++m) {
      for (std::size_t t = 0; t < interior[m]; ++t) opened[{level, m, t}] = 0;
    }
  }
  for (std::size_t build = 1; build <= 6 * builds_a_deal; ++build) {
    for (const PlannedSlot& s : plan.next()) {
      for (std::size_t m = 0; m < s.taps.size(); ++m) {
        if (s.taps[m]) ++opened.at({s.level, m, *s.taps[m]});
      }
    }
    const int deals = static_cast<int>(build / builds_a_deal);
    for (const auto& [tap, n] : opened) {
      EXPECT_GE(n, deals) << "level " << tap[0] << " mode " << tap[1] << " tap " << tap[2];
      EXPECT_LE(n, static_cast<int>((build + builds_a_deal - 1) / builds_a_deal)) << "tap " << tap[2];
    }
  }
}

TEST(Plan, EachBuildOpensEachTapOnceWhereThereAreSlotsEnough) {
  expect_even_deals({1, 2, 3}, 1);
}

TEST(Plan, WithMoreTapsThanSlotsEachIsOpenedOnceBeforeAnyASecondTime) {
  expect_even_deals({11}, 4);
  expect_even_deals({4}, 2);
}

// Which taps of two modes are open together changes, too.
TEST(Plan, TapsAreDealtInRandomOrder) {
  Plan plan(1, {3, 3}, 1, 9);
  std::set<std::pair<std::size_t, std::size_t>> together;
  for (int build = 0; build < 60; ++build) {
    for (const PlannedSlot& s : plan.next()) {
      if (s.kind == SlotKind::kHop) together.emplace(s.taps.at(0).value(), s.taps.at(1).value());
    }
  }
  EXPECT_EQ(together.size(), 9u);
}

// Costs are of all instances alike, however many there are; the other slots get to each of them in time.
TEST(Plan, TheSlotsThatDecideCostsGoThroughEachInstanceEquallyOften) {
  for (const std::size_t instances : {1u, 2u, 3u, 5u}) {
    Plan plan(1, kInterior, instances, 4);
    std::set<std::size_t> hops;
    for (int build = 0; build < 40; ++build) {
      std::vector<std::size_t> ends(instances);
      std::set<std::size_t> watched;
      const auto slots = plan.next();
      for (const PlannedSlot& s : slots) {
        ASSERT_LT(s.instance, instances);
        if (s.kind == SlotKind::kEnd) ++ends[s.instance];
        if (s.kind != SlotKind::kEnd) watched.insert(s.instance);
      }
      ASSERT_EQ(watched.size(), 1u) << "hops are differences between these slots";
      hops.insert(*watched.begin());
      EXPECT_EQ(count(slots, 0, SlotKind::kEnd), Plan::end_slots(instances));
      EXPECT_EQ(std::set<std::size_t>(ends.begin(), ends.end()).size(), 1u) << instances;
    }
    EXPECT_GE(Plan::end_slots(instances), Plan::kEndSlots);
    EXPECT_EQ(hops.size(), instances);
  }
}

TEST(Plan, TheOrderIsRandom) {
  Plan plan(1, kInterior, 1, 11);
  std::map<SlotKind, int> first;
  std::set<std::vector<SlotKind>> orders;
  for (int build = 0; build < 60; ++build) {
    const auto slots = plan.next();
    ++first[slots.front().kind];
    std::vector<SlotKind> order;
    for (const auto& s : slots) order.push_back(s.kind);
    orders.insert(order);
  }
  EXPECT_EQ(first.size(), 3u) << "every kind comes first some time";
  EXPECT_GT(orders.size(), 15u);
  EXPECT_GT(first[SlotKind::kEnd], first[SlotKind::kAll]) << "three against one in every second build";
}

}  // namespace
}  // namespace hopcost::campaign
