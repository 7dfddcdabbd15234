// Several workers: each sends flows of its own without a gap, and together they send what was asked for.
#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>

#include <filesystem>
#include <map>
#include <thread>

#include "base/result.h"
#include "tests/pktgen/netns_bench.h"
#include "wire/find_probe.h"

namespace hopcost::pktgen {
namespace {

/// A port with two queues on t0, d0 ("dpdk:net_af_packet" is told how many it has).
std::string two_queues(const std::string& backend, const std::string& device, const std::string& netns) {
  if (backend == "dpdk:net_af_packet")
    return backend + ",iface=" + device + ",qpairs=2@" + netns + ",queue=0-1";
  return backend + ":" + device + "@" + netns + ",queue=0-1";
}

TEST(Workers, CountsAreSharedExactly) {
  const auto ended = pktgen_run({"--port", "null,queue=0-1", "--port", "null", "--count", "1000", "--flow",
                                 "40", "--rate", "1Mpps", "--json"});
  ASSERT_EQ(ended.exit, 0) << ended.err;
  const auto j = ended.json();
  EXPECT_EQ(j["sent"], 1000);
  ASSERT_EQ(j["workers"].size(), 3u);
  EXPECT_EQ(j["workers"][0]["sent"], 334);
  EXPECT_EQ(j["workers"][1]["sent"], 333);
  EXPECT_EQ(j["workers"][2]["sent"], 333);
  EXPECT_EQ(j["workers"][2]["flows"], nlohmann::json({42}));
  EXPECT_EQ(j["workers"][1]["port"]["port"], "null,queue=1");
  EXPECT_EQ(j["audit"]["departures"], 1000);
  EXPECT_NEAR(j["audit"]["offered_pps"].get<double>(), 1e6, 1e-3);
  EXPECT_NEAR(j["workers"][0]["audit"]["offered_pps"].get<double>(), 1e6 / 3, 1e-3);
  EXPECT_EQ(j["partial"], "");
}

TEST(Workers, ThePersonSeesTheTotalAndEach) {
  const auto ended = pktgen_run({"--port", "null,queue=0-1", "--count", "10", "--rate", "1Mpps", "--quiet"});
  ASSERT_EQ(ended.exit, 0) << ended.err;
  EXPECT_NE(ended.out.find("sent      10 packets"), std::string::npos) << ended.out;
  EXPECT_NE(ended.out.find("null,queue=1"), std::string::npos) << ended.out;
}

TEST(Workers, AProfilesFlowsAreShiftedForEach) {
  const auto ended =
      pktgen_run({"--port", "null,queue=0-1", "--profile", "eth/ipv4/udp", "--count", "100", "--json"});
  ASSERT_EQ(ended.exit, 0) << ended.err;
  const auto flows = ended.json()["profile"]["flows"];
  ASSERT_EQ(flows.size(), 2u);
  EXPECT_EQ(flows[1]["flow"].get<int>(), flows[0]["flow"].get<int>() + 1);
  EXPECT_EQ(flows[0]["sent"], 50);
  EXPECT_EQ(flows[1]["probes"], 50);
}

// Two of three lanes on one port, which is opened once.
TEST(Turns, PortsOfOneWorkerTakeTurns) {
  NEEDS_NETNS(pair);
  NEEDS_NETNS(other);
  for (const std::string backend : {"af_packet", "af_xdp"}) {
    Listener first(pair.rx()), second(other.rx());
    const std::string a = backend + ":t0@" + pair.tx(), b = backend + ":t0@" + other.tx();
    const auto ended =
        pktgen_run({"--port", a, "--port", b, "--port", b, "--turns", "8,mirrored", "--rate", "20kpps",
                    "--count", "100", "--flow", "7", "--dst-mac", kForeign, "--seed", "3", "--json"});
    ASSERT_EQ(ended.exit, 0) << ended.err;
    const auto j = ended.json();
    constexpr int kEach = 3 * 2 * 8;  // a round has 48 packets
    EXPECT_EQ(j["sent"], 3 * kEach);
    EXPECT_EQ(j["turns"], (nlohmann::json{{"train", 8}, {"mirrored", true}, {"seed", 3}}));
    ASSERT_EQ(j["workers"].size(), 1u);
    EXPECT_EQ(j["workers"][0]["flows"], (nlohmann::json{7, 8, 9}));
    ASSERT_EQ(j["lanes"].size(), 3u);
    for (int i = 0; i < 3; ++i) {
      EXPECT_EQ(j["lanes"][i]["sent"], kEach) << j["lanes"][i];
      EXPECT_EQ(j["lanes"][i]["flow"], 7 + i);
      EXPECT_EQ(j["lanes"][i]["port"]["port"], i == 0 ? a : b);
      EXPECT_EQ(j["lanes"][i]["audit"]["departures"], kEach);
    }
    std::map<int, std::uint64_t> next;
    const auto on_a = first.frames(kEach + 1), on_b = second.frames(2 * kEach + 1);
    EXPECT_EQ(on_a.size(), kEach);
    for (const auto& frames : {on_a, on_b})
      for (const auto& f : frames) {
        const auto probe = find_probe(f).value().probe;
        ASSERT_EQ(probe.sequence, next[probe.flow]++);
      }
    EXPECT_EQ(next, (std::map<int, std::uint64_t>{{7, kEach}, {8, kEach}, {9, kEach}}));
  }
}

TEST(Turns, ThePersonSeesALineALane) {
  const auto ended = pktgen_run({"--port", "null", "--port", "null", "--turns", "4", "--rate", "1Mpps",
                                 "--count", "10", "--flow", "30", "--quiet"});
  ASSERT_EQ(ended.exit, 0) << ended.err;
  EXPECT_NE(ended.out.find("sent      16 packets"), std::string::npos) << ended.out;  // two rounds of 8
  EXPECT_NE(ended.out.find("lane      flow"), std::string::npos) << ended.out;
  EXPECT_NE(ended.out.find("31"), std::string::npos) << ended.out;
}

TEST(Turns, RoundTripsAreToldByLane) {
  NEEDS_NETNS(pair);
  NEEDS_NETNS(other);
  // One --dst-mac for both ways.
  ASSERT_EQ(shell("ip -n " + other.rx() + " link set d0 address " + pair.rx_mac()), 0);
  const std::string a = "af_packet:t0@" + pair.tx(), b = "af_packet:t0@" + other.tx();
  Program first({"reflect", "--port", "af_packet:d0@" + pair.rx(), "--duration", "20s", "--quiet"});
  Program second({"reflect", "--port", "af_packet:d0@" + other.rx(), "--duration", "20s", "--quiet"});
  std::this_thread::sleep_for(std::chrono::milliseconds(500));
  const auto ended =
      pktgen_run({"--port", a, "--port", b, "--rx-port", a, "--rx-port", b, "--turns", "8,mirrored", "--rate",
                  "5kpps", "--count", "320", "--dst-mac", pair.rx_mac(), "--flow", "1", "--json"});
  for (const Program* p : {&first, &second}) p->signal(SIGTERM);
  ASSERT_EQ(ended.exit, 0) << ended.err;
  const auto flows = ended.json()["rx"]["flows"];
  ASSERT_EQ(flows.size(), 2u);
  for (const auto& f : flows) {
    EXPECT_EQ(f["received"], 160) << f;
    EXPECT_EQ(f["latency_intended"]["count"], 160) << f;  // each lane's own board
  }
}

class EachBackend : public testing::TestWithParam<const char*> {};

TEST_P(EachBackend, SendsEachFlowWithoutAGap) {
  const std::string backend = GetParam();
  NEEDS_BACKEND(backend);
  NEEDS_QUEUES(pair, 2);
  if (backend == "xdp") pair.take_xdp_frames();
  Listener listener(pair.rx());
  const auto ended =
      pktgen_run({"--port", two_queues(backend, "t0", pair.tx()), "--dst-mac", pair.rx_mac(), "--rate",
                  "20kpps", "--count", "1001", "--flow", "7", "--src-port", "100", "--json"});
  ASSERT_EQ(ended.exit, 0) << ended.err;
  EXPECT_EQ(ended.json()["sent"], 1001);
  EXPECT_EQ(ended.json()["workers"][0]["sent"], 501);
  EXPECT_EQ(ended.json()["workers"][1]["sent"], 500);
  std::map<int, std::uint64_t> next;
  for (const auto& f : listener.frames(1001)) {
    const auto probe = find_probe(f).value().probe;
    ASSERT_EQ(probe.sequence, next[probe.flow]++);
    ASSERT_EQ(static_cast<int>(f[35]), 100 + probe.flow - 7);  // low byte of the UDP source port
  }
  EXPECT_EQ(next, (std::map<int, std::uint64_t>{{7, 501}, {8, 500}}));
}

INSTANTIATE_TEST_SUITE_P(Backends, EachBackend,
                         testing::Values("af_packet", "af_xdp", "dpdk:net_af_packet", "xdp"));

class ReceiveByTwo : public testing::TestWithParam<const char*> {};

TEST_P(ReceiveByTwo, LosesNoneAndMergesByFlow) {
  const std::string backend = GetParam();
  NEEDS_BACKEND(backend);
  NEEDS_QUEUES(pair, 2);
  const auto ended =
      pktgen_run({"--port", two_queues(backend, "t0", pair.tx()), "--rx-port",
                  two_queues(backend, "d0", pair.rx()), "--dst-mac", pair.rx_mac(), "--rate", "10kpps",
                  "--count", "2000", "--flow", "3", "--stats-interval", "50ms", "--json"});
  ASSERT_EQ(ended.exit, 0) << ended.err;
  const auto last = ended.out.rfind('\n', ended.out.size() - 2);
  const auto rx = nlohmann::json::parse(ended.out.substr(last + 1))["rx"];
  EXPECT_EQ(rx["received"], 2000) << rx.dump();
  EXPECT_EQ(rx["lost"], 0);
  EXPECT_EQ(rx["latency"]["count"], 2000);
  EXPECT_EQ(rx["latency_intended"]["count"], 2000);
  ASSERT_EQ(rx["flows"].size(), 2u);
  for (int w = 0; w < 2; ++w) {
    EXPECT_EQ(rx["flows"][w]["flow"], 3 + w);
    EXPECT_EQ(rx["flows"][w]["received"], 1000);
    EXPECT_EQ(rx["flows"][w]["reordered"], 0);
  }
  const auto line = nlohmann::json::parse(ended.out.substr(0, ended.out.find('\n')));
  ASSERT_EQ(line["workers"].size(), 2u);
  EXPECT_EQ(line["sent"], line["workers"][0]["sent"].get<int>() + line["workers"][1]["sent"].get<int>());
  ASSERT_EQ(line["rx_workers"].size(), 2u);
  EXPECT_EQ(line["received"],
            line["rx_workers"][0]["received"].get<int>() + line["rx_workers"][1]["received"].get<int>());
}

INSTANTIATE_TEST_SUITE_P(Backends, ReceiveByTwo,
                         testing::Values("af_packet", "af_xdp", "dpdk:net_af_packet"));

TEST(WorkersNetns, OneThatFailsEndsTheRunAndAllCountsAreKept) {
  NEEDS_NETNS(pair);
  shell("ip -n " + pair.tx() + " link add t1 type veth peer name t2 && ip -n " + pair.tx() +
        " link set t1 up && ip -n " + pair.tx() + " link set t2 up");
  Program p({"--port", "af_packet:t0@" + pair.tx(), "--port", "af_packet:t1@" + pair.tx(), "--dst-mac",
             kForeign, "--rate", "4kpps", "--duration", "60s", "--json"});
  shell("for i in $(seq 100); do [ $(ip netns exec " + pair.tx() +
        " cat /sys/class/net/t1/statistics/tx_packets) -gt 20 ] && break; sleep 0.1; done");
  shell("ip -n " + pair.tx() + " link del t1");
  const auto ended = p.wait(std::chrono::seconds(10));
  EXPECT_EQ(ended.exit, static_cast<int>(Exit::kPartial)) << ended.err;
  const auto j = ended.json();
  EXPECT_EQ(j["partial"].get<std::string>().find("worker 1: port failed"), 0u) << j["partial"];
  EXPECT_EQ(j["workers"][0]["partial"], "stopped");
  EXPECT_GT(j["workers"][0]["sent"], 0);
  EXPECT_EQ(j["sent"], j["workers"][0]["sent"].get<int>() + j["workers"][1]["sent"].get<int>());
}

TEST(Workers, WhatABackendCannotDoIsRefused) {
  NEEDS_BACKEND("dpdk");
  const auto refused = [](const std::string& port, const std::string& word) {
    const auto ended = pktgen_run({"--port", port, "--dst-mac", kForeign, "--count", "10"});
    EXPECT_EQ(ended.exit, static_cast<int>(Exit::kUsage)) << ended.err;
    EXPECT_NE(ended.err.find(word), std::string::npos) << ended.err;
  };
  refused("dpdk:net_null@,queue=1-2", "from 0 on");
  refused("dpdk:net_pcap,tx_pcap=/dev/null@,queue=0-1", "1 queues");
}

TEST(Workers, DpdkQueuesOfOnePort) {
  NEEDS_BACKEND("dpdk");
  const auto ended = pktgen_run(
      {"--port", "dpdk:net_null@,queue=0-1", "--dst-mac", kForeign, "--count", "100000", "--json"});
  ASSERT_EQ(ended.exit, 0) << ended.err;
  EXPECT_EQ(ended.json()["workers"][1]["sent"], 50000);
  EXPECT_EQ(ended.json()["tx_errors"], 0);
}

// What watches, reports and serves keeps off the CPUs of those who send and receive.
TEST(WorkersNetns, OnlyItsSenderIsOnASendersCpu) {
  cpu_set_t mine;
  ASSERT_EQ(sched_getaffinity(0, sizeof mine, &mine), 0);
  if (CPU_COUNT(&mine) < 2) GTEST_SKIP() << "needs two CPUs";
  int cpu = 0;
  while (!CPU_ISSET(static_cast<unsigned>(cpu), &mine)) ++cpu;
  for (const std::string port : {"null", "dpdk:net_null"}) {
    if (!has_backend(port)) continue;
    Program p({"--port", port, "--dst-mac", kForeign, "--cpu", std::to_string(cpu), "--rate", "1kpps",
               "--duration", "60s", "--stats-interval", "50ms", "--json"});
    ASSERT_FALSE(p.read_line().empty());
    int threads = 0, on_it = 0;
    for (const auto& task :
         std::filesystem::directory_iterator("/proc/" + std::to_string(p.pid()) + "/task")) {
      cpu_set_t theirs;
      if (sched_getaffinity(std::stoi(task.path().filename()), sizeof theirs, &theirs) != 0) continue;
      ++threads;
      on_it += CPU_ISSET(static_cast<unsigned>(cpu), &theirs);
    }
    EXPECT_GE(threads, 3) << port;  // main, sender, lines
    EXPECT_EQ(on_it, 1) << port;
    p.signal(SIGINT);
    (void)p.wait();
  }
}

}  // namespace
}  // namespace hopcost::pktgen
