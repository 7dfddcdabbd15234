#include "pktgen/pace/turns.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

namespace hopcost::pktgen {
namespace {

/// Lanes of the next trains; each must be as long as it should.
std::vector<std::size_t> trains(Turns& turns, std::size_t n, std::uint32_t departures) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < n; ++i) {
    order.push_back(turns.lane());
    for (std::uint32_t d = 0; d < departures; ++d, turns.advance()) {
      EXPECT_EQ(turns.lane(), order.back());
      EXPECT_EQ(turns.train_begins(), d == 0);
      EXPECT_EQ(turns.train_ends(), d + 1 == departures);
      EXPECT_EQ(turns.round_begins(), i == 0 && d == 0);
    }
  }
  return order;
}

TEST(Turns, ARoundIsAPermutationAndItsMirror) {
  for (const std::size_t lanes : {1u, 2u, 5u, 9u}) {
    Turns turns(lanes, {.train = 3, .seed = 7});
    for (int round = 0; round < 100; ++round) {
      auto order = trains(turns, 2 * lanes, 3);
      std::vector<std::size_t> there(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(lanes));
      const std::vector<std::size_t> back(order.rbegin(),
                                          order.rbegin() + static_cast<std::ptrdiff_t>(lanes));
      EXPECT_EQ(there, back);
      std::sort(there.begin(), there.end());
      for (std::size_t i = 0; i < lanes; ++i) EXPECT_EQ(there[i], i);
    }
  }
}

TEST(Turns, UnmirroredRoundsAreDrawnAnewAfterEachPass) {
  Turns turns(4, {.train = 1, .mirrored = false, .seed = 3});
  std::map<std::vector<std::size_t>, int> seen;
  for (int round = 0; round < 200; ++round) ++seen[trains(turns, 4, 1)];
  EXPECT_EQ(seen.size(), 24u);
}

TEST(Turns, TheSeedIsTheOrder) {
  const auto drawn = [](std::uint64_t seed) {
    Turns turns(6, {.train = 2, .seed = seed});
    std::vector<std::size_t> all;
    for (int round = 0; round < 20; ++round) {
      const auto order = trains(turns, 12, 2);
      all.insert(all.end(), order.begin(), order.end());
    }
    return all;
  };
  EXPECT_EQ(drawn(5), drawn(5));
  EXPECT_NE(drawn(5), drawn(6));
}

// As the algorithm of turns.h gives it, worked out by itself: who reads a result years later must find the
// same.
TEST(Turns, KnownAnswer) {
  Random random(5);
  std::vector<std::size_t> expected{0, 1, 2, 3};
  for (std::size_t i = 3; i >= 1; --i) {
    const std::uint64_t top = random.bits() >> 32;
    std::swap(expected[i], expected[top * (i + 1) / 0x100000000]);
  }
  Turns turns(4, {.train = 1, .seed = 5});
  EXPECT_EQ(trains(turns, 8, 1),
            (std::vector<std::size_t>{expected[0], expected[1], expected[2], expected[3], expected[3],
                                      expected[2], expected[1], expected[0]}));
}

// 6 orders of 3 lanes, 6000 rounds: each is met some 1000 times. Chi-square of 5 degrees of freedom is
// below 20.5 but once in a thousand seeds, and this seed is fixed.
TEST(Turns, EachOrderIsAsLikely) {
  Turns turns(3, {.train = 1, .seed = 11});
  std::map<std::vector<std::size_t>, int> seen;
  for (int round = 0; round < 6000; ++round) {
    auto order = trains(turns, 6, 1);
    order.resize(3);
    ++seen[order];
  }
  ASSERT_EQ(seen.size(), 6u);
  double chi = 0;
  for (const auto& [order, n] : seen) chi += (n - 1000.0) * (n - 1000.0) / 1000.0;
  EXPECT_LT(chi, 20.5);
}

}  // namespace
}  // namespace hopcost::pktgen
