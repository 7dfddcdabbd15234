// Two hosts' clocks, as far as costs need them.
#include "campaign/bench/clock_link.h"

#include <gtest/gtest.h>

#include <cmath>

namespace hopcost::campaign {
namespace {

TEST(ClockLink, PutsTheHostsMedianWhereItIsWanted) {
  ClockLink link(37'000'000'000);
  link.learn({4'000'000, 4'000'100, 4'000'200});  // what was left after 37 s were taken off
  EXPECT_EQ(link.ahead_ns(), 37'000'000'000 + 4'000'100 - ClockLink::kMedianNs);
  link.learn({ClockLink::kMedianNs, ClockLink::kMedianNs, ClockLink::kMedianNs});
  EXPECT_EQ(link.ahead_ns(), 37'000'000'000 + 4'000'100 - ClockLink::kMedianNs) << "nothing moved";
}

TEST(ClockLink, FollowsADrift) {
  ClockLink link(0);
  double ahead = 1e18;  // of a router that thinks it is 1970, and its clock runs away by 12.5 us a slot
  ahead = std::round(ahead);
  for (int slot = 0; slot < 50; ++slot) {
    const double left = ahead - static_cast<double>(link.ahead_ns()) + 2000;
    if (slot > 1) {
      EXPECT_NEAR(left, static_cast<double>(ClockLink::kMedianNs) + 12'500, 300) << slot;
    }
    link.learn({left, left, left});
    ahead += 12'500;
  }
}

TEST(ClockLink, LostPacketsTellNothing) {
  ClockLink link(5);
  link.learn({});
  link.learn({INFINITY, NAN});
  EXPECT_EQ(link.ahead_ns(), 5);
  link.learn({INFINITY, INFINITY, 40'000});
  EXPECT_EQ(link.ahead_ns(), 5 + 40'000 - ClockLink::kMedianNs);
}

}  // namespace
}  // namespace hopcost::campaign
