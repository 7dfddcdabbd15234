#include "analyzer/correlate/correlation_table.h"

#include <gtest/gtest.h>

#include <set>

namespace hopcost::analyzer {
namespace {

constexpr std::size_t kEntries = 1024;
const auto kIgnore = [](const CorrelationTable::Entry&) noexcept {};

TEST(CorrelationTable, FindsTheSamePlaceAgain) {
  CorrelationTable table(2, kEntries);
  const auto at = table.place(7, 42, kIgnore);
  table.entry(at).seen = 1;
  EXPECT_EQ(table.place(7, 42, kIgnore), at);
  EXPECT_EQ(table.entry(at).seen, 1);
}

TEST(CorrelationTable, FlowsWithTheSameSequenceStayApart) {
  CorrelationTable table(2, kEntries);
  const auto a = table.place(1, 5, kIgnore);  // flows 1 and 257 begin at the same set
  table.entry(a).seen = 1;
  const auto b = table.place(257, 5, kIgnore);
  EXPECT_NE(a, b);
  EXPECT_EQ(table.entry(b).seen, 0);
}

TEST(CorrelationTable, AWindowOfItsSizeHoldsAFlowWithoutAGap) {
  CorrelationTable table(2, kEntries);
  std::size_t evictions = 0;
  std::set<std::size_t> places;
  const std::uint64_t start = kProbeSequenceMask - 100;  // across the wrap
  for (std::uint64_t i = 0; i < kEntries; ++i) {
    const auto at = table.place(9, start + i, [&](const auto&) noexcept { ++evictions; });
    table.entry(at).seen = 1;
    places.insert(at);
  }
  EXPECT_EQ(evictions, 0u);
  EXPECT_EQ(places.size(), kEntries);
}

TEST(CorrelationTable, AFullSetGivesUpAFinishedProbeBeforeAnOlderUnfinishedOne) {
  CorrelationTable table(2, kEntries);
  const std::uint64_t stride = kEntries / CorrelationTable::kWays;  // the same set each time
  for (std::uint64_t i = 0; i < CorrelationTable::kWays; ++i) {
    table.entry(table.place(3, i * stride, kIgnore)).seen = i == 2 ? table.all() : 1;
  }
  std::uint16_t given_up = 0;
  table.place(3, 100 * stride, [&](const CorrelationTable::Entry& e) noexcept { given_up = e.seen; });
  EXPECT_EQ(given_up, table.all());
}

TEST(CorrelationTable, AFullSetOfUnfinishedProbesGivesUpTheOldest) {
  CorrelationTable table(2, kEntries);
  const std::uint64_t stride = kEntries / CorrelationTable::kWays;
  std::array<std::size_t, 4> at{};
  for (std::uint64_t i = 0; i < 4; ++i) {
    at[i] = table.place(3, i * stride, kIgnore);
    table.entry(at[i]).seen = 1;
  }
  EXPECT_EQ(table.place(3, 100 * stride, kIgnore), at[0]);
}

TEST(CorrelationTable, ClearPassesWhatWasThere) {
  CorrelationTable table(2, kEntries);
  for (std::uint64_t i = 0; i < 10; ++i) table.entry(table.place(3, i, kIgnore)).seen = 1;
  std::size_t passed = 0, again = 0;
  table.clear([&](const auto&) noexcept { ++passed; });
  table.clear([&](const auto&) noexcept { ++again; });
  EXPECT_EQ(passed, 10u);
  EXPECT_EQ(again, 0u);
}

}  // namespace
}  // namespace hopcost::analyzer
