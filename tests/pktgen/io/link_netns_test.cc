// What pktgen makes of a link: no carrier, frames that the other end does not take, an MTU that shrinks.
#include <gtest/gtest.h>

#include "base/result.h"
#include "tests/pktgen/netns_bench.h"

namespace hopcost::pktgen {
namespace {

class LinkNetns : public testing::TestWithParam<const char*> {
 protected:
  [[nodiscard]] std::vector<std::string> to_foreign(const NetnsPair& pair,
                                                    std::vector<std::string> more) const {
    std::vector<std::string> all{"--port", port_on(GetParam(), "t0", pair.tx()), "--dst-mac", kForeign,
                                 "--json"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
};

TEST_P(LinkNetns, ADeviceWithoutCarrierIsRefused) {
  NEEDS_BACKEND(GetParam());
  NEEDS_NETNS(pair);
  pair.take_xdp_frames();
  shell("ip -n " + pair.rx() + " link set d0 down");
  const auto ended = pktgen_run(to_foreign(pair, {"--count", "1000", "--rate", "10kpps"}));
  EXPECT_EQ(ended.exit, static_cast<int>(Exit::kMissing)) << ended.err;
  EXPECT_NE(ended.err.find("t0 has no carrier"), std::string::npos) << ended.err;
  EXPECT_NE(ended.err.find("ip -n " + pair.rx() + " link set d0 up"), std::string::npos) << ended.err;
  EXPECT_EQ(ended.out, "");
}

TEST_P(LinkNetns, ALinkThatGoesDownGivesAPartialResult) {
  NEEDS_BACKEND(GetParam());
  NEEDS_NETNS(pair);
  pair.take_xdp_frames();
  Listener listener(pair.rx());
  Program p(to_foreign(pair, {"--rate", "5kpps", "--duration", "60s"}));
  await_traffic(pair);
  shell("ip -n " + pair.rx() + " link set d0 down");
  const auto ended = p.wait(std::chrono::seconds(10));
  EXPECT_EQ(ended.exit, static_cast<int>(Exit::kPartial)) << ended.err;
  EXPECT_NE(ended.json()["partial"].get<std::string>().find("port failed: no carrier"), std::string::npos)
      << ended.err;
  // What the kernel dropped is not sent. A frame or two may have been on their way when the end that listens
  // closed.
  const auto received = listener.frames(1'000'000).size();
  EXPECT_GT(received, 0u);
  EXPECT_LE(ended.json()["sent"], received + 64) << ended.err;
}

// As a tester needs it whose device resets. What the kernel drops meanwhile is not sent.
TEST_P(LinkNetns, WithAnyCarrierARunOutlivesTheLink) {
  NEEDS_BACKEND(GetParam());
  const std::string backend = GetParam();
  if (backend == "xdp") return;  // it has no such option
  NEEDS_NETNS(pair);
  pair.take_xdp_frames();
  const std::string spec = port_on(GetParam(), "t0", pair.tx()) + ",carrier=any";
  Program p({"--port", spec, "--dst-mac", kForeign, "--json", "--rate", "2kpps", "--duration", "3s"});
  await_traffic(pair);
  shell("ip -n " + pair.rx() + " link set d0 down; sleep 0.4; ip -n " + pair.rx() + " link set d0 up");
  Listener listener(pair.rx());
  const auto ended = p.wait(std::chrono::seconds(10));
  const json result = ended.json();
  EXPECT_EQ(result["partial"].get<std::string>().find("port failed"), std::string::npos) << result["partial"];
  EXPECT_GE(result["elapsed_ns"].get<double>(), 2.9e9) << ended.err;
  EXPECT_GT(listener.frames(1'000'000).size(), 0u) << "frames pass again";
  if (backend == "dpdk:net_af_packet") return;  // it keeps what the kernel refuses, and offers it again
  EXPECT_LE(result["sent"].get<double>(), 6000 - 600) << "0.4 s of 2 kpps went nowhere: " << ended.err;
}

INSTANTIATE_TEST_SUITE_P(Backends, LinkNetns,
                         testing::Values("af_packet", "af_xdp", "xdp", "dpdk:net_af_packet",
                                         "dpdk:net_af_xdp"));

// A veth drops what is longer than its other end takes.
class SmallPeer : public testing::TestWithParam<const char*> {};

TEST_P(SmallPeer, EachFrameIsRefusedOnceAndNoneCalledSent) {
  NEEDS_BACKEND(GetParam());
  NEEDS_NETNS(pair);
  pair.take_xdp_frames();
  shell("ip -n " + pair.rx() + " link set d0 mtu 1400");
  const auto ended = pktgen_run({"--port", port_on(GetParam(), "t0", pair.tx()), "--dst-mac", kForeign,
                                 "--size", "1518", "--count", "1000", "--rate", "20kpps", "--json"});
  EXPECT_EQ(ended.exit, static_cast<int>(Exit::kPartial)) << ended.err;
  EXPECT_EQ(ended.json()["sent"], 0) << ended.err;
  EXPECT_EQ(ended.json()["tx_errors"], 1000) << ended.err;
  EXPECT_NE(ended.err.find("d0 in namespace " + pair.rx() + ", one of 1400"), std::string::npos) << ended.err;
  EXPECT_NE(ended.json()["partial"].get<std::string>().find("took none"), std::string::npos) << ended.err;
}

INSTANTIATE_TEST_SUITE_P(Backends, SmallPeer,
                         testing::Values("af_packet", "af_xdp", "xdp", "dpdk:net_af_xdp"));

// DPDK's driver leaves a refused frame at the head of its ring and offers it without end. So the run stalls,
// and what the driver took is not called sent.
TEST(SmallPeerOnce, TheAfPacketDriverStallsAndCallsNothingSent) {
  NEEDS_BACKEND("dpdk:net_af_packet");
  NEEDS_NETNS(pair);
  shell("ip -n " + pair.rx() + " link set d0 mtu 1400");
  const auto ended =
      pktgen_run({"--port", port_on("dpdk:net_af_packet", "t0", pair.tx()), "--dst-mac", kForeign, "--size",
                  "1518", "--count", "1000", "--rate", "20kpps", "--json"});
  EXPECT_EQ(ended.exit, static_cast<int>(Exit::kPartial)) << ended.err;
  EXPECT_EQ(ended.json()["sent"], 0) << ended.err;
  EXPECT_GT(ended.json()["tx_errors"], 0) << ended.err;
  EXPECT_NE(ended.err.find("d0 in namespace " + pair.rx() + ", one of 1400"), std::string::npos) << ended.err;
  EXPECT_NE(ended.json()["partial"].get<std::string>().find("stalled"), std::string::npos) << ended.err;
}

// The device counts each time it is offered a frame: once, beyond the time in which a full queue might have
// emptied.
TEST(LinkNetnsOnce, RefusedFramesAreNotOfferedWithoutEnd) {
  NEEDS_NETNS(pair);
  shell("ip -n " + pair.rx() + " link set d0 mtu 1400");
  (void)pktgen_run({"--port", "af_packet:t0@" + pair.tx(), "--dst-mac", kForeign, "--size", "1518", "--count",
                    "1000", "--rate", "1kpps"});
  EXPECT_GE(counter(pair.tx(), "t0", "tx_dropped"), 1000u);
  EXPECT_LE(counter(pair.tx(), "t0", "tx_dropped"), 2000u + 10);
}

// Frames of different sizes, of which the other end takes the small ones: each has its own fate.
TEST(LinkNetnsOnce, SmallFramesPassBetweenRefusedOnes) {
  NEEDS_NETNS(pair);
  shell("ip -n " + pair.rx() + " link set d0 mtu 1400");
  for (const std::string backend : {"af_packet", "af_xdp"}) {
    Listener listener(pair.rx());
    const auto ended =
        pktgen_run({"--port", port_on(backend, "t0", pair.tx()), "--dst-mac", kForeign, "--profile",
                    "eth/ipv4/udp size=imix", "--count", "2000", "--rate", "20kpps", "--json"});
    const auto received = listener.frames(2000).size();
    EXPECT_GT(received, 0u) << backend;
    EXPECT_EQ(ended.json()["sent"], received) << backend << ended.err;
    EXPECT_EQ(ended.json()["tx_errors"], 2000 - received) << backend << ended.err;
  }
}

TEST(LinkNetnsOnce, AnMtuThatShrinksInMidRunIsSeen) {
  NEEDS_NETNS(pair);
  for (const std::string backend : {"af_packet", "af_xdp"}) {
    Listener listener(pair.rx());
    const auto before = counter(pair.tx(), "t0", "tx_packets");
    Program p({"--port", port_on(backend, "t0", pair.tx()), "--dst-mac", kForeign, "--size", "1518", "--rate",
               "2kpps", "--duration", "2s", "--json"});
    await_traffic(pair, before + 20);
    shell("ip -n " + pair.rx() + " link set d0 mtu 1400 && ip -n " + pair.tx() + " link set t0 mtu 1400");
    const auto ended = p.wait();
    const auto received = listener.frames(1'000'000).size();
    EXPECT_EQ(ended.json()["sent"], received) << backend << ended.err;
    EXPECT_GT(ended.json()["tx_errors"], 0) << backend << ended.err;
    EXPECT_NE(ended.json()["note"].get<std::string>().find("MTU"), std::string::npos) << ended.err;
    shell("ip -n " + pair.rx() + " link set d0 mtu 1500 && ip -n " + pair.tx() + " link set t0 mtu 1500");
  }
}

}  // namespace
}  // namespace hopcost::pktgen
