// Probes that come in again: one-way at the far end, and round trip through a bridge that turns them around.
#include <gtest/gtest.h>

#include "tests/pktgen/netns_bench.h"

namespace hopcost::pktgen {
namespace {

class Receive : public testing::TestWithParam<const char*> {};

TEST_P(Receive, OneWayCountsAll) {
  NEEDS_NETNS(pair);
  const std::string backend = GetParam();
  const auto ended = pktgen_run({"--port", backend + ":t0@" + pair.tx(), "--rx-port",
                                 backend + ":d0@" + pair.rx(), "--dst-mac", pair.rx_mac(), "--rate", "10kpps",
                                 "--gap", "poisson", "--count", "2000", "--json"});
  ASSERT_EQ(ended.exit, 0) << ended.err;
  const auto rx = ended.json()["rx"];
  EXPECT_EQ(rx["kind"], "one-way");
  EXPECT_EQ(rx["received"], 2000);
  EXPECT_EQ(rx["lost"], 0);
  EXPECT_EQ(rx["duplicates"], 0);
  EXPECT_EQ(rx["reordered"], 0);
  EXPECT_EQ(rx["latency"]["count"], 2000);
  EXPECT_EQ(rx["latency_intended"]["count"], 2000);
  EXPECT_GE(rx["latency_intended"]["p50_ns"], rx["latency"]["p50_ns"]);
  EXPECT_GT(rx["latency"]["p50_ns"], 0);
}

TEST_P(Receive, RoundTripThroughAReflector) {
  NEEDS_NETNS(pair);
  // Whatever comes in at d0 goes out of d0 again.
  if (shell("ip netns exec " + pair.rx() + " tc qdisc add dev d0 clsact && ip netns exec " + pair.rx() +
            " tc filter add dev d0 ingress matchall action mirred egress redirect dev d0 2>/dev/null") != 0) {
    GTEST_SKIP() << "tc mirred is not in this kernel";
  }
  const std::string port = std::string(GetParam()) + ":t0@" + pair.tx();
  const auto ended = pktgen_run({"--port", port, "--rx-port", port, "--dst-mac", pair.rx_mac(), "--rate",
                                 "10kpps", "--count", "1000", "--json"});
  ASSERT_EQ(ended.exit, 0) << ended.err;
  const auto rx = ended.json()["rx"];
  EXPECT_EQ(rx["kind"], "round-trip");
  EXPECT_EQ(rx["received"], 1000) << rx.dump();
  EXPECT_EQ(rx["lost"], 0);
}

TEST_P(Receive, NothingIsLeftBehind) {
  NEEDS_NETNS(pair);
  const std::string backend = GetParam();
  (void)pktgen_run({"--port", backend + ":t0@" + pair.tx(), "--rx-port", backend + ":d0@" + pair.rx(),
                    "--dst-mac", pair.rx_mac(), "--count", "10", "--json"});
  EXPECT_NE(shell("ip -n " + pair.rx() + " link show d0 | grep -q xdp"), 0);
}

INSTANTIATE_TEST_SUITE_P(Backends, Receive, testing::Values("af_packet", "af_xdp"));

TEST(ReceiveNetns, PlantedLossIsCountedExactly) {
  NEEDS_NETNS(pair);
  // The last byte of the sequence sits at 14 + 20 + 8 + 9 of the frame; every number ending in 0x10 is
  // dropped.
  if (shell(
          "ip netns exec " + pair.rx() + " tc qdisc add dev d0 clsact && ip netns exec " + pair.rx() +
          " tc filter add dev d0 ingress protocol ip u32 match u8 0x10 0xff at 37 action drop 2>/dev/null") !=
      0) {
    GTEST_SKIP() << "tc u32 is not in this kernel";
  }
  if (shell("ip netns exec " + pair.rx() +
            " tc filter add dev d0 ingress prio 60000 matchall action mirred egress redirect dev d0 "
            "2>/dev/null") != 0) {
    GTEST_SKIP() << "tc mirred is not in this kernel";
  }
  const std::string port = "af_packet:t0@" + pair.tx();
  const auto ended = pktgen_run({"--port", port, "--rx-port", port, "--dst-mac", pair.rx_mac(), "--rate",
                                 "10kpps", "--count", "2560", "--json"});
  ASSERT_EQ(ended.exit, 0) << ended.err;
  EXPECT_EQ(ended.json()["rx"]["lost"], 10);
  EXPECT_EQ(ended.json()["rx"]["received"], 2550);
}

}  // namespace
}  // namespace hopcost::pktgen
