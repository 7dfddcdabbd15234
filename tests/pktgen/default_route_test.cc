#include "pktgen/io/default_route.h"

#include <gtest/gtest.h>

namespace hopcost::pktgen {
namespace {

constexpr const char* kRoute =
    "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
    "eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n"
    "eth1\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n"
    "eth2\t00000000\t00000000\t0201\t0\t0\t0\t00000000\t0\t0\t0\n"
    "eth3\t00000000\t00000000\t0001\t0\t0\t0\t00000080\t0\t0\t0\n";
constexpr const char* kRoute6 =
    "00000000000000000000000000000000 00 00000000000000000000000000000000 00 "
    "fe800000000000000000000000000001 00000400 00000001 "
    "00000000 00000003     eth4\n"
    "20010002000000000000000000000000 30 00000000000000000000000000000000 00 "
    "00000000000000000000000000000000 00000100 00000001 "
    "00000000 00000001     eth5\n"
    "00000000000000000000000000000000 00 00000000000000000000000000000000 00 "
    "00000000000000000000000000000000 ffffffff 00000001 "
    "00000000 00200200       lo\n";

TEST(DefaultRoute, Ipv4) {
  EXPECT_TRUE(has_default_route("eth0", kRoute, ""));
  EXPECT_FALSE(has_default_route("eth1", kRoute, ""));
  EXPECT_FALSE(has_default_route("eth", kRoute, ""));
}

TEST(DefaultRoute, Ipv6) {
  EXPECT_TRUE(has_default_route("eth4", kRoute, kRoute6));
  EXPECT_FALSE(has_default_route("eth5", kRoute, kRoute6));
}

TEST(DefaultRoute, RejectingAndHalfRoutesDoNotCount) {
  EXPECT_FALSE(has_default_route("eth2", kRoute, kRoute6));
  EXPECT_FALSE(has_default_route("eth3", kRoute, kRoute6));
  EXPECT_FALSE(has_default_route("lo", kRoute, kRoute6));
}

}  // namespace
}  // namespace hopcost::pktgen
