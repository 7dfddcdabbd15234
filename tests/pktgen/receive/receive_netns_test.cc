// Probes that come in again: one-way at the far end, and round trip through a bridge that turns them around.
#include <gtest/gtest.h>

#include "pktgen/io/any_port.h"
#include "tests/pktgen/netns_bench.h"
#include "wire/find_probe.h"

namespace hopcost::pktgen {
namespace {

/// A filter at d0: frames that match go out of `device`.
bool redirect(const NetnsPair& pair, const std::string& prio, const std::string& match,
              const std::string& device) {
  const std::string tc = "ip netns exec " + pair.rx() + " tc ";
  shell(tc + "qdisc add dev d0 clsact 2>/dev/null");
  return shell(tc + "filter add dev d0 ingress protocol all " + prio + " u32 match " + match +
               " action mirred egress redirect dev " + device + " 2>/dev/null") == 0;
}

/// Whatever comes in at d0 goes out of d0 again.
bool reflect(const NetnsPair& pair) {
  return redirect(pair, "prio 9", "u8 0 0 at 0", "d0");
}

class Receive : public testing::TestWithParam<const char*> {};

TEST_P(Receive, OneWayCountsAll) {
  const std::string backend = GetParam();
  NEEDS_BACKEND(backend);
  NEEDS_NETNS(pair);
  const auto ended = pktgen_run({"--port", port_on(backend, "t0", pair.tx()), "--rx-port",
                                 port_on(backend, "d0", pair.rx()), "--dst-mac", pair.rx_mac(), "--rate",
                                 "10kpps", "--gap", "poisson", "--count", "2000", "--json"});
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

// Nobody reads the ring: what does not fit in it is dropped, and each such frame counts once.
TEST(ReceiveNetns, AFrameDroppedForAFullRingCountsOnce) {
  NEEDS_NETNS(pair);
  for (const std::string backend : {"af_packet", "af_xdp"}) {
    if (!has_backend(backend)) continue;
    auto port = open_port(
        {.spec = parse_port_spec(port_on(backend, "d0", pair.rx())).value(), .send = false, .receive = true});
    ASSERT_TRUE(port) << describe(port.error());
    const auto sent = pktgen_run({"--port", port_on(backend, "t0", pair.tx()), "--dst-mac", pair.rx_mac(),
                                  "--count", "6000", "--rate", "20kpps", "--json"});
    ASSERT_EQ(sent.json()["sent"], 6000) << sent.err;
    std::uint64_t seen = 0, dropped = 0;
    std::visit(
        [&](auto& p) {
          std::array<RxFrame, kMaxBatch> frames;
          while (const std::uint32_t n = p.rx->receive(frames)) {
            for (std::uint32_t i = 0; i < n; ++i) seen += find_probe(frames[i].bytes) ? 1 : 0;
            p.rx->release();
          }
          dropped = p.rx->drops();
        },
        *port);
    EXPECT_GT(dropped, 0u) << backend;
    EXPECT_EQ(seen + dropped, 6000u) << backend;
  }
}

TEST(ReceiveNetns, AfXdpHoldsAsManyFramesAsItIsTold) {
  NEEDS_BACKEND("af_xdp");
  NEEDS_NETNS(pair);
  auto port = open_port({.spec = parse_port_spec(port_on("af_xdp", "d0", pair.rx()) + ",frames=4096").value(),
                         .send = false,
                         .receive = true});
  ASSERT_TRUE(port) << describe(port.error());
  const auto sent = pktgen_run({"--port", port_on("af_xdp", "t0", pair.tx()) + ",frames=64", "--dst-mac",
                                pair.rx_mac(), "--count", "4096", "--rate", "20kpps", "--json"});
  ASSERT_EQ(sent.json()["sent"], 4096) << sent.err;
  std::visit([](auto& p) { EXPECT_EQ(p.rx->drops(), 0u); }, *port);
}

// A veth hands a frame to the queue of the number it was sent on.
TEST(ReceiveNetns, AfXdpReceivesOnEveryQueueTheDeviceHas) {
  NEEDS_BACKEND("af_xdp");
  NEEDS_QUEUES(pair, 4);
  for (const std::string queue : {"0", "1", "3"}) {
    const auto ended =
        pktgen_run({"--port", port_on("af_xdp", "t0", pair.tx()) + ",queue=" + queue, "--rx-port",
                    port_on("af_xdp", "d0", pair.rx()), "--dst-mac", pair.rx_mac(), "--rate", "10kpps",
                    "--count", "500", "--rx-write", "/dev/null", "--json"});
    ASSERT_EQ(ended.exit, 0) << ended.err;
    EXPECT_EQ(ended.json()["rx"]["received"], 500) << queue;
    EXPECT_EQ(ended.json()["rx"]["lost"], 0) << queue;
    EXPECT_EQ(ended.err.find("warning"), std::string::npos) << ended.err;
  }
}

// What comes in on other queues than those a person named is not seen: that is said.
TEST(ReceiveNetns, QueuesThatNobodyReadsAreNamed) {
  NEEDS_BACKEND("af_xdp");
  NEEDS_QUEUES(pair, 4);
  const auto ended = pktgen_run({"--port", port_on("af_xdp", "t0", pair.tx()) + ",queue=1", "--rx-port",
                                 port_on("af_xdp", "d0", pair.rx()) + ",queue=0,2", "--dst-mac",
                                 pair.rx_mac(), "--rate", "10kpps", "--count", "100", "--json"});
  EXPECT_EQ(ended.json()["rx"]["received"], 0);
  EXPECT_NE(ended.err.find("receives on 4 queues, and queue=0,2"), std::string::npos) << ended.err;
  EXPECT_EQ(ended.exit, static_cast<int>(Exit::kPartial)) << "nothing came in";
}

// DPDK's driver for AF_XDP reads as many queues as it is told. Too few would be a false loss.
TEST(ReceiveNetns, NetAfXdpWithFewerQueuesThanThereAreIsRefused) {
  NEEDS_BACKEND("dpdk:net_af_xdp");
  NEEDS_QUEUES(pair, 4);
  const auto run = [&](const std::string& queues) {
    return pktgen_run({"--port", port_on("af_packet", "t0", pair.tx()), "--rx-port",
                       port_on("dpdk:net_af_xdp", "d0", pair.rx()) + queues, "--dst-mac", pair.rx_mac(),
                       "--rate", "10kpps", "--count", "100", "--json"});
  };
  const auto refused = run("");
  EXPECT_EQ(refused.exit, static_cast<int>(Exit::kUsage)) << refused.err;
  EXPECT_NE(refused.err.find("receives on 4 queues, and net_af_xdp reads 1"), std::string::npos)
      << refused.err;
  EXPECT_NE(refused.err.find("ethtool -L d0 rx 1"), std::string::npos) << refused.err;
  EXPECT_EQ(refused.out, "");
  const auto meant = run(",queue=0");
  EXPECT_NE(meant.exit, static_cast<int>(Exit::kUsage)) << meant.err;
  EXPECT_NE(meant.err.find("counts as lost"), std::string::npos) << meant.err;
}

// All lost can be the true answer. It is given, and what to look at; it is no success.
TEST(ReceiveNetns, WhereNothingCameInThatIsSaid) {
  NEEDS_NETNS(pair);
  const auto run = [&](const std::string& port, std::vector<std::string> more) {
    std::vector<std::string> all{
        "--port",    port,          "--rx-port", port_on("af_packet", "d0", pair.rx()),
        "--dst-mac", pair.rx_mac(), "--rate",    "1kpps",
        "--count",   "500"};
    all.insert(all.end(), more.begin(), more.end());
    return Program(all);
  };
  const auto well = run(port_on("af_packet", "t0", pair.tx()), {"--json"}).wait();
  EXPECT_EQ(well.exit, 0) << well.err;
  EXPECT_EQ(well.json()["rx"]["silence"], "");
  const auto silent = run("null", {"--json"}).wait();
  EXPECT_EQ(silent.exit, static_cast<int>(Exit::kPartial)) << silent.out;
  EXPECT_EQ(silent.json()["rx"]["received"], 0);
  EXPECT_EQ(silent.json()["rx"]["latency"]["p50_ns"], nullptr) << "0 ns would be a false figure";
  EXPECT_NE(silent.json()["rx"]["silence"].get<std::string>().find("none of 500 probes"), std::string::npos);
  auto strangers = run(port_on("af_packet", "t0", pair.tx()), {"--flow", "99"});
  const auto text = run("null", {}).wait();
  EXPECT_NE(text.out.find("silence   none of 500 probes came in, but "), std::string::npos) << text.out;
  (void)strangers.wait();
}

// A port that only receives: its link goes down under way. What was lost since is not the path's loss.
TEST(ReceiveNetns, AReceiverWithoutCarrierGivesAPartialResult) {
  NEEDS_NETNS(pair);
  for (const std::string backend : {"af_packet", "af_xdp"}) {
    Program p({"--port", "null", "--rx-port", port_on(backend, "d0", pair.rx()), "--dst-mac", pair.rx_mac(),
               "--rate", "1kpps", "--duration", "2s", "--json"});
    std::this_thread::sleep_for(std::chrono::milliseconds(1000));
    shell("ip -n " + pair.tx() + " link set t0 down");
    const auto ended = p.wait();
    shell("ip -n " + pair.tx() + " link set t0 up");
    EXPECT_EQ(ended.exit, static_cast<int>(Exit::kPartial)) << ended.err;
    EXPECT_NE(ended.json()["partial"].get<std::string>().find("receiving ended early: no carrier"),
              std::string::npos)
        << ended.json()["partial"] << ended.err;
  }
}

TEST(ReceiveNetns, BusyPollingCountsAll) {
  NEEDS_BACKEND("af_xdp");
  NEEDS_NETNS(pair);
  const auto ended = pktgen_run({"--port", port_on("af_xdp", "t0", pair.tx()) + ",busy-poll=50", "--rx-port",
                                 port_on("af_xdp", "d0", pair.rx()) + ",busy-poll=50", "--dst-mac",
                                 pair.rx_mac(), "--rate", "10kpps", "--count", "1000", "--json"});
  ASSERT_EQ(ended.exit, 0) << ended.err;
  const auto report = ended.json();
  EXPECT_EQ(report["port"]["busy_poll_us"], 50) << report.dump();
  EXPECT_EQ(report["rx"]["received"], 1000);
  EXPECT_EQ(report["rx"]["stamp"], "user");
}

TEST_P(Receive, RoundTripThroughAReflector) {
  NEEDS_BACKEND(GetParam());
  NEEDS_NETNS(pair);
  if (!reflect(pair)) GTEST_SKIP() << "tc u32 or mirred is not in this kernel";
  const std::string port = port_on(GetParam(), "t0", pair.tx());
  const auto ended = pktgen_run({"--port", port, "--rx-port", port, "--dst-mac", pair.rx_mac(), "--rate",
                                 "10kpps", "--count", "1000", "--json"});
  ASSERT_EQ(ended.exit, 0) << ended.err;
  const auto rx = ended.json()["rx"];
  EXPECT_EQ(rx["kind"], "round-trip");
  EXPECT_EQ(rx["received"], 1000) << rx.dump();
  EXPECT_EQ(rx["lost"], 0);
}

TEST_P(Receive, NothingIsLeftBehind) {
  const std::string backend = GetParam();
  NEEDS_BACKEND(backend);
  NEEDS_NETNS(pair);
  (void)pktgen_run({"--port", port_on(backend, "t0", pair.tx()), "--rx-port",
                    port_on(backend, "d0", pair.rx()), "--dst-mac", pair.rx_mac(), "--count", "10",
                    "--json"});
  EXPECT_NE(shell("ip -n " + pair.rx() + " link show d0 | grep -q xdp"), 0);
  EXPECT_NE(shell("ip -n " + pair.tx() + " link show t0 | grep -q xdp"), 0);
}

INSTANTIATE_TEST_SUITE_P(Backends, Receive,
                         testing::Values("af_packet", "af_xdp", "dpdk:net_af_packet", "dpdk:net_af_xdp"));

TEST(ReceiveNetns, PlantedLossIsCountedExactly) {
  NEEDS_NETNS(pair);
  // The sequence's last byte is byte 9 of the probe, 37 from the IPv4 header on. Numbers that end in 0x10 go
  // to lo, which is down, and so nowhere.
  if (!redirect(pair, "prio 1", "u8 0x10 0xff at 37", "lo") || !reflect(pair)) {
    GTEST_SKIP() << "tc u32 or mirred is not in this kernel";
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
