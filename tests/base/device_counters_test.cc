#include "base/device_counters.h"

#include <gtest/gtest.h>

namespace hopcost {
namespace {

constexpr const char* kText =
    "Inter-|   Receive                                                |  Transmit\n"
    " face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls "
    "carrier "
    "compressed\n"
    "    lo:    1000      10    0    0    0     0          0         0     1000      11    0    0    0     0 "
    "      0 0\n"
    "    t0:     100       1    2    3    4     5          6         7      800    4711    5    37    0     "
    "0       0 0\n"
    "   t01:       0       0    0    0    0     0          0         0        0       0    0    0    0     0 "
    "      0 0\n";

TEST(DeviceCounters, ReceivedTransmittedAndDropped) {
  const auto r = parse_device_counters(kText, "t0");
  EXPECT_TRUE(r.there);
  EXPECT_EQ(r.received, 1u);
  EXPECT_EQ(r.received_bytes, 100u);
  EXPECT_EQ(r.packets, 4711u);
  EXPECT_EQ(r.bytes, 800u);
  EXPECT_EQ(r.dropped, 42u);
}

TEST(DeviceCounters, ADeviceThatIsNotThere) {
  EXPECT_FALSE(parse_device_counters(kText, "t").there);
  EXPECT_FALSE(parse_device_counters("", "t0").there);
}

TEST(DeviceCounters, ReadsThisNamespace) {
  const auto counters = DeviceCounters::open("lo");
  ASSERT_TRUE(counters) << counters.error().what;
  EXPECT_TRUE(counters->read().there);
  EXPECT_FALSE(DeviceCounters::open("lo", "no-such-namespace"));
}

}  // namespace
}  // namespace hopcost
