// The xdp backend on real devices: frames that the kernel makes, seen by a plain socket at the other end.
#include <gtest/gtest.h>

#include "base/clock.h"
#include "base/result.h"
#include "tests/pktgen/netns_bench.h"
#include "tests/wire/oracle.h"
#include "wire/find_probe.h"

namespace hopcost::pktgen {
namespace {

TEST(XdpNetns, EachFrameHasItsOwnTime) {
  NEEDS_BACKEND("xdp");
  NEEDS_NETNS(pair);
  pair.take_xdp_frames();
  Listener listener(pair.rx());
  const std::uint64_t before = kernel_clock_ns(CLOCK_REALTIME);
  const auto ended = pktgen_run({"--port", port_on("xdp", "t0", pair.tx()), "--dst-mac", pair.rx_mac(),
                                 "--burst", "100", "--rate", "20kpps", "--count", "1000", "--json"});
  const std::uint64_t after = kernel_clock_ns(CLOCK_REALTIME);
  ASSERT_EQ(ended.exit, 0) << ended.err;
  EXPECT_EQ(ended.json()["sent"], 1000);
  EXPECT_EQ(ended.json()["tx_errors"], 0);
  EXPECT_NE(ended.json()["note"], "");
  const auto frames = listener.frames(1001);
  ASSERT_EQ(frames.size(), 1000u);
  std::uint64_t last = before, same = 0;
  for (const auto& f : frames) {
    const auto probe = find_probe(f).value().probe;
    EXPECT_GE(probe.tx_ns, last);
    same += probe.tx_ns == last ? 1 : 0;
    last = probe.tx_ns;
  }
  EXPECT_LT(last, after);
  EXPECT_LT(same, 100u);  // the clock may be read twice within one of its steps
}

TEST(XdpNetns, WithoutStampsFramesAreNumberedAllTheSame) {
  NEEDS_BACKEND("xdp");
  NEEDS_NETNS(pair);
  pair.take_xdp_frames();
  Listener listener(pair.rx());
  const auto ended = pktgen_run({"--port", port_on("xdp", "t0", pair.tx()), "--dst-mac", pair.rx_mac(),
                                 "--no-stamp", "--count", "5000", "--json"});
  ASSERT_EQ(ended.exit, 0) << ended.err;
  const auto frames = listener.frames(5001);
  ASSERT_EQ(frames.size(), 5000u);
  for (std::size_t i = 0; i < frames.size(); ++i) {
    const auto probe = find_probe(frames[i]).value().probe;
    ASSERT_EQ(probe.sequence, i);
    ASSERT_EQ(probe.tx_ns, 0u);
    ASSERT_TRUE(oracle::frame_is_right(frames[i]));
  }
}

TEST(XdpNetns, ADeviceThatCannotIsToldFromOneThatDoes) {
  NEEDS_BACKEND("xdp");
  NEEDS_NETNS(pair);  // d0 has neither GRO nor a program: veth drops what XDP redirects
  const auto ended = pktgen_run(
      {"--port", port_on("xdp", "t0", pair.tx()), "--dst-mac", pair.rx_mac(), "--count", "5000", "--json"});
  EXPECT_EQ(ended.exit, static_cast<int>(Exit::kPartial)) << ended.out;
  EXPECT_EQ(ended.json()["sent"], 0);
  EXPECT_NE(ended.json()["note"].get<std::string>().find("gro on"), std::string::npos) << ended.out;
}

TEST(XdpNetns, APeerThatTakesFramesInAThreadIsNoneThatCannot) {
  NEEDS_BACKEND("xdp");
  NEEDS_NETNS(pair);
  pair.take_xdp_frames();
  if (shell("ip netns exec " + pair.rx() + " sh -c 'echo 1 > /sys/class/net/d0/threaded' 2>/dev/null") != 0)
    GTEST_SKIP() << "this kernel has no threaded NAPI (Linux 5.12)";
  const auto ended = pktgen_run(
      {"--port", port_on("xdp", "t0", pair.tx()), "--dst-mac", pair.rx_mac(), "--count", "50", "--json"});
  EXPECT_EQ(ended.exit, 0) << ended.out;
  EXPECT_EQ(ended.json()["sent"], 50);
}

TEST(XdpNetns, ReceivingIsAUsageError) {
  NEEDS_BACKEND("xdp");
  NEEDS_NETNS(pair);
  const std::string port = port_on("xdp", "t0", pair.tx());
  EXPECT_EQ(pktgen_run({"--port", port, "--rx-port", port, "--dst-mac", pair.rx_mac(), "--count", "1"}).exit,
            static_cast<int>(Exit::kUsage));
}

TEST(XdpNetns, AnotherPortMayReceiveWhatItSends) {
  NEEDS_BACKEND("xdp");
  NEEDS_NETNS(pair);
  pair.take_xdp_frames();
  const auto ended = pktgen_run({"--port", port_on("xdp", "t0", pair.tx()), "--rx-port",
                                 "af_packet:d0@" + pair.rx(), "--dst-mac", pair.rx_mac(), "--burst", "10",
                                 "--rate", "10kpps", "--count", "2000", "--json"});
  ASSERT_EQ(ended.exit, 0) << ended.err;
  EXPECT_EQ(ended.json()["rx"]["received"], 2000);
  EXPECT_EQ(ended.json()["rx"]["negative"], 0);
}

}  // namespace
}  // namespace hopcost::pktgen
