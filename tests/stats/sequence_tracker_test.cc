// The tracker against a plain set with unlimited memory, and RFC 4737's own example.
#include "stats/sequence_tracker.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

namespace hopcost {
namespace {

using Verdict = SequenceTracker::Verdict;

// RFC 4737 section 4.2.3's definitions, read literally.
struct Oracle {
  std::set<std::uint64_t> seen;
  std::uint64_t next_expected = 0;
  Verdict see(std::uint64_t s) {
    if (!seen.insert(s).second) return Verdict::kDuplicate;
    if (s < next_expected) return Verdict::kReordered;
    next_expected = s + 1;
    return Verdict::kInOrder;
  }
};

TEST(SequenceTracker, Rfc4737Example) {
  SequenceTracker t(1);  // section 7.3 / table 1: packet 4 arrives after 5, 6, 7 and 8
  for (std::uint64_t s : {1, 2, 3, 5, 6, 7, 8}) EXPECT_EQ(t.see(s), Verdict::kInOrder);
  EXPECT_EQ(t.see(4), Verdict::kReordered);
  EXPECT_EQ(t.see(9), Verdict::kInOrder);
  EXPECT_EQ(t.see(10), Verdict::kInOrder);
  EXPECT_EQ(t.reordered(), 1u);
  EXPECT_EQ(t.largest_distance(), 4u);
  EXPECT_EQ(t.lost(10), 0u);
}

TEST(SequenceTracker, PlantedLossDuplicatesAndSwapsAreCountedExactly) {
  SequenceTracker t(1000);
  const std::uint64_t sent = 300'000;
  for (std::uint64_t i = 0; i < sent; ++i) {
    const std::uint64_t s = 1000 + i;
    if (i % 100 == 99) continue;  // lost: 3000
    if (i % 100 == 10) continue;  // comes after its successor
    EXPECT_EQ(t.see(s), Verdict::kInOrder);
    if (i % 100 == 11) {
      EXPECT_EQ(t.see(s - 1), Verdict::kReordered);
    }
    if (i % 100 == 50) {
      EXPECT_EQ(t.see(s), Verdict::kDuplicate);
    }
  }
  EXPECT_EQ(t.lost(sent), 3000u);
  EXPECT_EQ(t.reordered(), 3000u);
  EXPECT_EQ(t.duplicates(), 3000u);
  EXPECT_EQ(t.stale(), 0u);
  EXPECT_EQ(t.received() + t.lost(sent), sent);
  EXPECT_EQ(t.arrivals(), sent);
}

TEST(SequenceTracker, AgreesWithUnlimitedMemoryInsideTheWindow) {
  std::mt19937_64 random(4);
  for (int round = 0; round < 50; ++round) {
    SequenceTracker t(0, 256);
    Oracle oracle;
    std::uint64_t base = 0;
    for (int i = 0; i < 3000; ++i) {
      base += random() % 100 == 0 ? random() % 2000 : random() % 3;  // jumps beyond the window too
      const std::uint64_t reach = std::min<std::uint64_t>(base, 200);
      const std::uint64_t s = base - random() % (reach + 1);
      if (s + 256 < oracle.next_expected) continue;
      ASSERT_EQ(t.see(s), oracle.see(s)) << "round " << round << " step " << i << " sequence " << s;
    }
    EXPECT_EQ(t.received(), oracle.seen.size());
    EXPECT_EQ(t.next_expected(), oracle.next_expected);
  }
}

TEST(SequenceTracker, BehindTheWindowIsStale) {
  SequenceTracker t(0, 64);
  EXPECT_EQ(t.see(100), Verdict::kInOrder);
  EXPECT_EQ(t.see(37), Verdict::kReordered);  // 64 numbers: 37..100
  EXPECT_EQ(t.see(36), Verdict::kStale);
  EXPECT_EQ(t.stale(), 1u);
  EXPECT_EQ(t.lost(101), 99u);
}

TEST(SequenceTracker, BelowTheFirstIsStaleAndResetForgets) {
  SequenceTracker t(10);
  EXPECT_EQ(t.see(9), Verdict::kStale);
  EXPECT_EQ(t.see(10), Verdict::kInOrder);
  t.reset(10);
  EXPECT_EQ(t.arrivals(), 0u);
  EXPECT_EQ(t.see(10), Verdict::kInOrder);
}

TEST(SequenceTracker, LargestNumbersOfTheProbe) {
  const std::uint64_t last = (std::uint64_t{1} << 48) - 1;
  SequenceTracker t(0);
  EXPECT_EQ(t.see(last), Verdict::kInOrder);
  EXPECT_EQ(t.see(last), Verdict::kDuplicate);
  EXPECT_EQ(t.see(last - 65535), Verdict::kReordered);
  EXPECT_EQ(t.see(last - 65536), Verdict::kStale);
}

}  // namespace
}  // namespace hopcost
