// What goes wrong, and what a person is told.
#include <gtest/gtest.h>
#include <signal.h>

#include <thread>

#include "base/result.h"
#include "tests/pktgen/netns_bench.h"

namespace hopcost::pktgen {
namespace {

void expect_error(const Program::Ended& ended, Exit code, const std::string& word) {
  EXPECT_EQ(ended.exit, static_cast<int>(code)) << ended.err;
  EXPECT_NE(ended.err.find(word), std::string::npos) << ended.err;
  EXPECT_EQ(ended.out, "");
}

TEST(FaultNetns, DefaultRouteIsRefusedUnlessMeant) {
  NEEDS_NETNS(pair);
  shell("ip -n " + pair.tx() + " addr add 198.18.0.1/24 dev t0 && ip -n " + pair.tx() +
        " route add default via 198.18.0.2");
  for (const std::string backend : {"af_packet", "af_xdp", "dpdk:net_af_packet", "xdp"}) {
    if (!has_backend(backend)) continue;
    pair.take_xdp_frames();
    std::vector<std::string> arguments{
        "--port", port_on(backend, "t0", pair.tx()), "--dst-mac", kForeign, "--count", "1"};
    expect_error(pktgen_run(arguments), Exit::kRefused, "default route");
    arguments.insert(arguments.end(), {"--i-mean-it", "eth0"});
    expect_error(pktgen_run(arguments), Exit::kRefused, "default route");
    arguments.back() = "t0";
    EXPECT_EQ(pktgen_run(arguments).exit, 0);
  }
}

// A macvlan on t0 has the route, in a table of its own, among several next hops; t0 is then as good as it.
TEST(FaultNetns, DefaultRoutesAboveTheDeviceAreRefused) {
  NEEDS_NETNS(pair);
  const std::string ip = "ip -n " + pair.tx() + " ";
  ASSERT_EQ(shell(ip + "link add mv0 link t0 type macvlan mode bridge && " + ip + "link set mv0 up && " + ip +
                  "addr add 198.18.0.1/24 dev mv0"),
            0);
  const std::vector<std::string> send{"--port", "af_packet:t0@" + pair.tx(), "--dst-mac", kForeign, "--count",
                                      "1"};
  EXPECT_EQ(pktgen_run(send).exit, 0);
  for (const std::string route : {"default via 198.18.0.2 dev mv0 table 100",
                                  "default nexthop via 198.18.0.2 dev mv0 nexthop via 198.18.0.3 dev mv0"}) {
    ASSERT_EQ(shell(ip + "route add " + route), 0);
    expect_error(pktgen_run(send), Exit::kRefused, "through mv0");
    ASSERT_EQ(shell(ip + "route del " + route), 0);
  }
  ASSERT_EQ(shell(ip + "link del mv0 && " + ip + "link add br0 type bridge && " + ip + "link set br0 up && " +
                  ip + "link set t0 master br0 && " + ip + "addr add 198.18.0.1/24 dev br0 && " + ip +
                  "route add default via 198.18.0.2"),
            0);
  expect_error(pktgen_run(send), Exit::kRefused, "through br0");
  // An XDP program that receives there takes the host's own traffic.
  if (!has_backend("af_xdp")) return;
  expect_error(pktgen_run({"--port", "null", "--rx-port", "af_xdp:t0@" + pair.tx(), "--count", "1"}),
               Exit::kRefused, "own connection");
  expect_error(pktgen_run({"reflect", "--port", "xdp:t0@" + pair.tx(), "--count", "1"}), Exit::kRefused,
               "through br0");
}

TEST(FaultNetns, NoThreadOfDpdkKeepsCapabilities) {
  NEEDS_BACKEND("dpdk");
  Program program({"--port", "dpdk:net_null", "--dst-mac", kForeign, "--rate", "1kpps", "--duration", "30s"});
  const std::string tasks = "/proc/" + std::to_string(program.pid()) + "/task";
  // Its main thread, the sender's, DPDK's two; given up soon after they are there.
  const std::string dropped = "for i in $(seq 100); do [ $(ls " + tasks +
                              " | wc -l) -ge 3 ] && ! grep -h CapEff " + tasks +
                              "/*/status | grep -qv 0000000000000000 && exit 0; sleep 0.1; done; exit 1";
  EXPECT_EQ(shell(dropped), 0);
  EXPECT_EQ(shell("grep -q eal-intr " + tasks + "/*/comm"), 0);
  program.signal(SIGINT);
  EXPECT_EQ(program.wait().exit, static_cast<int>(Exit::kPartial));
}

TEST(FaultNetns, NoXdpProgramIsLeftBehindByDpdk) {
  NEEDS_BACKEND("dpdk:net_af_xdp");
  NEEDS_NETNS(pair);
  const std::string attached = "ip -n " + pair.tx() + " link show dev t0 | grep -q xdp";
  const std::vector<std::string> run = {"--port",     port_on("dpdk:net_af_xdp", "t0", pair.tx()),
                                        "--dst-mac",  pair.rx_mac(),
                                        "--rate",     "10kpps",
                                        "--duration", "30s"};
  {
    Program killed(run);
    await_traffic(pair);
    EXPECT_EQ(shell(attached), 0);
  }
  // What the killed one left is taken over, and taken off.
  Program next(run);
  std::this_thread::sleep_for(std::chrono::seconds(1));
  next.signal(SIGINT);
  EXPECT_EQ(next.wait().exit, static_cast<int>(Exit::kPartial));
  EXPECT_NE(shell(attached), 0);
}

TEST(FaultNetns, MissingThings) {
  NEEDS_NETNS(pair);
  expect_error(pktgen_run({"--port", "af_packet:nope@" + pair.tx(), "--dst-mac", kForeign}), Exit::kMissing,
               "t0");
  expect_error(pktgen_run({"--port", "af_xdp:nope@" + pair.tx(), "--dst-mac", kForeign}), Exit::kMissing,
               "t0");
  expect_error(pktgen_run({"--port", "af_packet:t0@t-pktgen-none", "--dst-mac", kForeign}), Exit::kMissing,
               "t-pktgen-none");
  expect_error(pktgen_run({"--port", "magic:t0", "--dst-mac", kForeign}), Exit::kUsage, "--list-backends");
  shell("ip -n " + pair.tx() + " link set t0 down");
  expect_error(pktgen_run({"--port", "af_packet:t0@" + pair.tx(), "--dst-mac", kForeign}), Exit::kMissing,
               "is down");
}

TEST(FaultNetns, WhatIpLinkPrintsIsNoNamespace) {
  expect_error(pktgen_run({"--port", "af_packet:v0@if7", "--dst-mac", kForeign}), Exit::kMissing,
               "leave out @if7");
  expect_error(pktgen_run({"--port", "af_packet:v0@lo", "--dst-mac", kForeign}), Exit::kMissing,
               "leave out @lo");
  expect_error(pktgen_run({"--port", "af_packet:v0@web", "--dst-mac", kForeign}), Exit::kMissing,
               "docker inspect");
}

TEST(FaultNetns, ANamespaceIsNamedByItsProcess) {
  NEEDS_NETNS(pair);
  auto pid = output_of("ip netns exec " + pair.tx() + " sleep 60 >/dev/null 2>&1 & echo $!");
  pid.pop_back();
  std::this_thread::sleep_for(std::chrono::milliseconds(200));  // it has to get there
  for (const auto& name : {pid, "/proc/" + pid + "/ns/net"}) {
    const auto ended =
        pktgen_run({"--port", "af_packet:t0@" + name, "--dst-mac", kForeign, "--count", "10", "--json"});
    EXPECT_EQ(ended.exit, 0) << ended.err;
    EXPECT_EQ(ended.json()["sent"], 10);
  }
  kill(std::stoi(pid), SIGKILL);
}

// An mbuf holds 65535 bytes, with what stands before the frame.
TEST(FaultNetns, FramesThatDpdkCannotHoldAreRefused) {
  NEEDS_BACKEND("dpdk");
  NEEDS_NETNS(pair);
  shell("ip -n " + pair.tx() + " link set lo up");
  expect_error(pktgen_run({"--port", "dpdk:net_af_packet,iface=lo@" + pair.tx(), "--dst-mac", kForeign,
                           "--size", "65535", "--count", "1"}),
               Exit::kUsage, "the most it takes is a size of 65411 bytes");
}

TEST(FaultNetns, AShareOfTheLinkOnEveryBackend) {
  NEEDS_NETNS(pair);
  pair.take_xdp_frames();
  for (const std::string backend : {"af_packet", "af_xdp", "xdp"}) {
    if (!has_backend(backend)) continue;
    const auto ended = pktgen_run({"--port", port_on(backend, "t0", pair.tx()), "--dst-mac", kForeign,
                                   "--rate", "0.01%", "--count", "10", "--json"});
    EXPECT_EQ(ended.exit, 0) << backend << ended.err;
  }
}

TEST(FaultNetns, DpdkSaysWhatIsMissing) {
  NEEDS_BACKEND("dpdk");
  NEEDS_NETNS(pair);
  const auto with = [&](const std::string& devargs) {
    return pktgen_run({"--port", "dpdk:" + devargs + "@" + pair.tx(), "--dst-mac", kForeign, "--count", "1"});
  };
  expect_error(with("net_af_xdp,iface=nope"), Exit::kMissing, "t0");
  expect_error(with("net_nonesuch"), Exit::kMissing, "is there such a driver");
  expect_error(with("0000:ff:1f.7"), Exit::kMissing, "hopcost doctor");
  expect_error(with("net_af_packet,iface=t0,colour=red"), Exit::kFailure, "arguments");
  shell("ip -n " + pair.tx() + " link set t0 down");
  expect_error(with("net_af_packet,iface=t0"), Exit::kMissing, "is down");
}

TEST(FaultNetns, AboveTheDevicesMtu) {
  NEEDS_NETNS(pair);
  expect_error(pktgen_run({"--port", "af_packet:t0@" + pair.tx(), "--dst-mac", kForeign, "--size", "1519"}),
               Exit::kUsage, "1518");
}

TEST(FaultNetns, UnusedCommandLines) {
  expect_error(pktgen_run({"--port", "null", "--rate", "0"}), Exit::kUsage, "rate");
  expect_error(pktgen_run({"--port", "null", "--size", "63"}), Exit::kUsage, "64 bytes");
  expect_error(pktgen_run({"--port", "null", "--frobnicate"}), Exit::kUsage, "--frobnicate");
  expect_error(pktgen_run({"--port", "null", "--count", "1", "--cpu", "4000"}), Exit::kUsage, "CPU 4000");
  expect_error(pktgen_run({"--port", "null", "--rx-port", "null", "--count", "1"}), Exit::kUsage,
               "cannot receive");
}

TEST(FaultNetns, InterruptGivesAPartialResult) {
  for (const char* rate : {"1000", "max"}) {
    Program p({"--port", "null", "--rate", rate, "--duration", "60s", "--json"});
    std::this_thread::sleep_for(std::chrono::milliseconds(400));
    p.signal(SIGINT);
    const auto ended = p.wait(std::chrono::seconds(5));
    EXPECT_EQ(ended.exit, static_cast<int>(Exit::kPartial));
    EXPECT_EQ(ended.json()["stopped"], true);
    EXPECT_EQ(ended.json()["partial"], "stopped");
    EXPECT_GT(ended.json()["sent"], 0);
  }
}

TEST(FaultNetns, DeviceThatVanishesGivesAPartialResult) {
  for (const std::string backend : {"af_packet", "af_xdp", "dpdk:net_af_packet", "dpdk:net_af_xdp", "xdp"}) {
    if (!has_backend(backend)) continue;
    for (const char* rate : {"5kpps", "max"}) {
      NEEDS_NETNS(pair);
      pair.take_xdp_frames();
      Program p({"--port", port_on(backend, "t0", pair.tx()), "--dst-mac", kForeign, "--rate", rate,
                 "--duration", "60s", "--json"});
      await_traffic(pair);
      shell("ip -n " + pair.tx() + " link del t0");
      const auto ended = p.wait(std::chrono::seconds(10));
      EXPECT_EQ(ended.exit, static_cast<int>(Exit::kPartial)) << backend << " " << rate << ended.err;
      EXPECT_NE(ended.json()["partial"].get<std::string>().find("port failed"), std::string::npos)
          << ended.out;
      EXPECT_GT(ended.json()["sent"], 0);
    }
  }
}

}  // namespace
}  // namespace hopcost::pktgen
