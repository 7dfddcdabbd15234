// Two hosts' clocks, as far as costs need them.
#include "campaign/bench/clock_link.h"

#include <gtest/gtest.h>

#include <cmath>
#include <utility>

namespace hopcost::campaign {
namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;

ClocksApart reading(std::uint64_t at_ns, std::int64_t ahead_ns, std::int64_t off_ns) {
  return {.at_ns = at_ns, .ahead = {ahead_ns - off_ns, ahead_ns + off_ns}, .both_errors_ns = {}};
}

/// The first reading is at time 0 and exact to `off_ns`.
ClockLink apart(std::int64_t ahead_ns, std::int64_t off_ns, std::optional<std::int64_t> stated_ns = {}) {
  auto link = ClockLink::open(reading(0, ahead_ns, off_ns), stated_ns);
  EXPECT_TRUE(link);
  return std::move(*link);
}

/// Packets that take `way_ns`, to a clock that is this far ahead at the moment.
void send(ClockLink& link, std::uint64_t at_ns, std::int64_t ahead_ns, std::int64_t way_ns) {
  link.learn(at_ns, {static_cast<double>(ahead_ns + way_ns - link.ahead_ns())});
}

TEST(ClockLink, PutsTheHostsMedianWhereItIsWanted) {
  ClockLink link = apart(37'000'000'000, 0);
  link.learn(1, {4'000'000, 4'000'100, 4'000'200});  // what was left after 37 s were taken off
  EXPECT_EQ(link.ahead_ns(), 37'000'000'000 + 4'000'100 - ClockLink::kMedianNs);
  link.learn(2, {ClockLink::kMedianNs, ClockLink::kMedianNs, ClockLink::kMedianNs});
  EXPECT_EQ(link.ahead_ns(), 37'000'000'000 + 4'000'100 - ClockLink::kMedianNs) << "nothing moved";
}

TEST(ClockLink, FollowsADrift) {
  ClockLink link = apart(0, 0);
  double ahead = 1e18;  // of a router that thinks it is 1970, and its clock runs away by 12.5 us a slot
  ahead = std::round(ahead);
  for (int slot = 0; slot < 50; ++slot) {
    const double left = ahead - static_cast<double>(link.ahead_ns()) + 2000;
    if (slot > 1) {
      EXPECT_NEAR(left, static_cast<double>(ClockLink::kMedianNs) + 12'500, 300) << slot;
    }
    link.learn(1, {left, left, left});
    ahead += 12'500;
  }
}

TEST(ClockLink, LostPacketsTellNothing) {
  ClockLink link = apart(5, 0);
  link.learn(1, {});
  link.learn(1, {INFINITY, NAN});
  EXPECT_EQ(link.ahead_ns(), 5);
  link.learn(1, {INFINITY, INFINITY, 40'000});
  EXPECT_EQ(link.ahead_ns(), 5 + 40'000 - ClockLink::kMedianNs);
}

TEST(ClockLink, BoundsTheOneWayTimeByMessages) {
  constexpr std::int64_t kAhead = 56LL * 365 * 86'400 * 1'000'000'000;  // of a router that thinks it is 1970
  ClockLink link = apart(kAhead, 40'000);
  send(link, kSecond, kAhead + 50'000, 12'000);
  EXPECT_FALSE(link.one_way()) << "no reading after it";
  link.read(reading(2 * kSecond, kAhead + 100'000, 20'000));
  const auto way = link.one_way();
  ASSERT_TRUE(way);
  EXPECT_EQ(way->by, "messages");
  EXPECT_NEAR(way->lo_ns, 0, 1) << "no packet arrives before it is sent";
  EXPECT_NEAR(way->hi_ns, 12'000 + 30'000, 1) << "half way between the readings, so is the bound";
}

TEST(ClockLink, TheReadingThatWaitedLeastServesTheOthers) {
  ClockLink link = apart(0, 500'000);
  for (std::uint64_t s = 1; s < 10; ++s) {
    link.read(reading(s * kSecond, static_cast<std::int64_t>(s) * 50'000, s % 3 == 0 ? 10'000 : 400'000));
    send(link, s * kSecond, static_cast<std::int64_t>(s) * 50'000, 80'000);
  }
  link.read(reading(10 * kSecond, 500'000, 300'000));
  const auto way = link.one_way();
  ASSERT_TRUE(way);
  EXPECT_NEAR(way->lo_ns, 70'000, 1000);
  EXPECT_NEAR(way->hi_ns, 90'000, 1000);
  EXPECT_NEAR(*link.drift_ppm(), 50, 0.01);
}

TEST(ClockLink, ASynchronisedClockBoundsUnlessMessagesDisproveIt) {
  const auto way_of = [](std::int64_t ahead) {
    ClocksApart first = reading(0, ahead, 400'000), last = reading(2 * kSecond, ahead, 400'000);
    first.both_errors_ns = last.both_errors_ns = 3'000;
    auto link = ClockLink::open(first, {});
    send(*link, kSecond, ahead, 50'000);
    link->read(last);
    return *link->one_way();
  };
  EXPECT_EQ(way_of(1'000).by, "synchronised");
  EXPECT_NEAR(way_of(1'000).lo_ns, 51'000 - 3'000, 1);
  EXPECT_NEAR(way_of(1'000).hi_ns, 51'000 + 3'000, 1);
  EXPECT_EQ(way_of(37 * 1'000'000'000LL).by, "messages");
}

TEST(ClockLink, TheUsersBoundCountsUnlessMessagesDisproveIt) {
  ClockLink link = apart(100, 400'000, 200);
  send(link, kSecond, 100, 12'000);
  link.read(reading(2 * kSecond, 100, 400'000));
  ASSERT_TRUE(link.one_way());
  EXPECT_EQ(link.one_way()->by, "stated");
  EXPECT_NEAR(link.one_way()->lo_ns, 12'100 - 200, 1);
  EXPECT_NEAR(link.one_way()->hi_ns, 12'100 + 200, 1);
  const auto refused = ClockLink::open(reading(0, 500'000, 400'000), 200);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Exit::kUsage);
  EXPECT_NE(refused.error().what.find("100000 ns apart"), std::string::npos) << refused.error().what;
}

TEST(ClockLink, AUsersBoundThatIsDisprovedLaterBoundsNothing) {
  ClockLink link = apart(100, 400'000, 200);
  send(link, kSecond, 100, 12'000);
  link.read(reading(2 * kSecond, 500'000, 400'000));
  link.read(reading(3 * kSecond, 100, 400'000));
  EXPECT_FALSE(link.one_way());
}

TEST(ClockLink, AClockThatStepsBoundsNothing) {
  ClockLink link = apart(0, 1'000);
  send(link, kSecond, 0, 12'000);
  link.read(reading(2 * kSecond, 0, 1'000));
  link.read(reading(3 * kSecond, 5'000'000, 1'000));
  send(link, 7 * kSecond / 2, 5'000'000, 12'000);
  link.read(reading(4 * kSecond, 5'000'000, 1'000));
  EXPECT_FALSE(link.one_way());
}

}  // namespace
}  // namespace hopcost::campaign
