// Reflectors of every kind on a real veth pair: at d0, with the sender at t0.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <map>
#include <sstream>
#include <thread>

#include "base/result.h"
#include "stats/hdr_log.h"
#include "tests/pktgen/netns_bench.h"
#include "tests/wire/oracle.h"
#include "wire/dissect.h"
#include "wire/find_probe.h"

namespace hopcost::pktgen {
namespace {

/// A reflector that is at work, with its lines of JSON every 20 ms.
class Reflector {
 public:
  Reflector(const std::string& port, std::vector<std::string> more = {})
      : program_([&] {
          std::vector<std::string> words{"reflect", "--port",           port,  "--json",
                                         "--quiet", "--stats-interval", "20ms"};
          words.insert(words.end(), more.begin(), more.end());
          return words;
        }()) {
    first_ = program_.read_line();
  }
  [[nodiscard]] bool up() const { return !first_.empty(); }
  void signal(int number) const { program_.signal(number); }
  /// Its result, and all it said.
  [[nodiscard]] Program::Ended wait() {
    auto ended = program_.wait();
    const auto last = ended.out.rfind('\n', ended.out.size() - 2);
    if (last != std::string::npos) ended.out.erase(0, last + 1);
    return ended;
  }
  [[nodiscard]] Program::Ended stop() {
    signal(SIGTERM);
    return wait();
  }

 private:
  Program program_;
  std::string first_;
};

#define NEEDS_REFLECTOR(backend) \
  NEEDS_BACKEND(backend);        \
  NEEDS_NETNS(pair);             \
  pair.take_xdp_replies()

/// A sender of probes at t0 that waits for what comes back.
Program::Ended round_trip(const NetnsPair& pair, std::vector<std::string> more) {
  const std::string port = "af_packet:t0@" + pair.tx();
  std::vector<std::string> words{"--port",    port,          "--rx-port", port,
                                 "--dst-mac", pair.rx_mac(), "--json",    "--quiet"};
  words.insert(words.end(), more.begin(), more.end());
  return pktgen_run(words);
}

// Two processes and a socket between them, no kernel device. A client tries once to find its server; the link
// is down when the sender has gone.
TEST(ReflectMemif, ProbesComeBackFromAnotherProcess) {
  NEEDS_BACKEND("dpdk");
  const auto socket = std::filesystem::temp_directory_path() / fmt::format("hopcost-memif-{}", getpid());
  const auto end = [&](const char* role, const char* mac) {
    return fmt::format("dpdk:net_memif,role={},socket={},socket-abstract=no,mac={}", role, socket.string(),
                       mac);
  };
  Program reflector({"reflect", "--port", end("server", "02:00:00:00:00:02"), "--json", "--quiet"});
  const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!std::filesystem::exists(socket) && std::chrono::steady_clock::now() < patience)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  const std::string port = end("client", "02:00:00:00:00:01");
  const auto sender = pktgen_run({"--port", port, "--rx-port", port, "--dst-mac", "02:00:00:00:00:02",
                                  "--rate", "10kpps", "--count", "400", "--json", "--quiet"});
  const auto reflected = reflector.wait();
  std::filesystem::remove(socket);
  ASSERT_EQ(sender.exit, 0) << sender.err << reflected.err;
  EXPECT_EQ(reflected.exit, static_cast<int>(Exit::kPartial));
  EXPECT_EQ(reflected.json()["reflected"], 400) << reflected.out;
  EXPECT_EQ(sender.json()["port"]["driver"], "net_memif");
  EXPECT_EQ(sender.json()["port"]["tx_stamp"], "software");
  EXPECT_EQ(sender.json()["rx"]["received"], 400);
  EXPECT_EQ(sender.json()["rx"]["residence"]["count"], 400);
}

class Reflect : public testing::TestWithParam<const char*> {
 protected:
  static std::string port(const NetnsPair& pair) { return port_on(GetParam(), "d0", pair.rx()); }
};

// Fewer than DPDK's ring on AF_PACKET holds: a busy machine may let a reflector wait.
TEST_P(Reflect, EveryProbeComesBackTurnedAround) {
  NEEDS_REFLECTOR(GetParam());
  for (const bool v6 : {false, true}) {
    Reflector reflector(port(pair), {"--count", "400"});
    ASSERT_TRUE(reflector.up()) << reflector.wait().err;
    Listener listener(pair.tx(), "t0");
    const auto sender = round_trip(pair, {"--dst-ip", v6 ? "2001:2::2" : "198.18.0.2", "--src-port", "7",
                                          "--size", "101", "--rate", "10kpps", "--count", "400"});
    ASSERT_EQ(sender.exit, 0) << sender.err;
    const auto rx = sender.json()["rx"];
    EXPECT_EQ(rx["received"], 400);
    EXPECT_EQ(rx["lost"], 0);
    EXPECT_EQ(rx["duplicates"], 0);
    EXPECT_EQ(rx["residence"]["count"], 400);
    EXPECT_EQ(rx["residence_unknown"], 0);
    EXPECT_GT(rx["latency"]["p50_ns"], 0);
    const auto ended = reflector.wait();
    EXPECT_EQ(ended.exit, 0) << ended.err;
    const auto j = ended.json();
    EXPECT_EQ(j["reflected"], 400) << j.dump();
    EXPECT_EQ(j["malformed"], 0);
    EXPECT_EQ(j["no_room"], 0);
    EXPECT_EQ(j["tx_errors"], 0);
    EXPECT_EQ(j["partial"], "");
    EXPECT_EQ(j["residence"]["count"], 400);
    std::size_t back = 0;
    for (const auto& f : listener.frames(800, std::chrono::milliseconds(200))) {
      const auto probe = find_probe(f).value().probe;
      if (!probe.reflected) continue;
      EXPECT_EQ(probe.sequence, back++);
      ASSERT_TRUE(oracle::frame_is_right(f));
      const std::size_t udp = v6 ? 54 : 34;
      EXPECT_EQ(f[udp + 1], std::byte{9});  // ports 7 and 9, swapped
      EXPECT_EQ(f[udp + 3], std::byte{7});
      EXPECT_EQ(f[udp - 1], std::byte{1});  // the addresses' ends
      EXPECT_EQ(f[udp - (v6 ? 17 : 5)], std::byte{2});
    }
    EXPECT_EQ(back, 400u);
  }
}

TEST_P(Reflect, WhatIsNotForItIsLeftAlone) {
  NEEDS_REFLECTOR(GetParam());
  Reflector reflector(port(pair));
  ASSERT_TRUE(reflector.up()) << reflector.wait().err;
  const auto send = [&](std::vector<std::string> words) {
    words.insert(words.begin(),
                 {"--port", "af_packet:t0@" + pair.tx(), "--rate", "10kpps", "--quiet", "--count"});
    EXPECT_EQ(pktgen_run(words).exit, 0);
  };
  send({"30", "--dst-mac", "ff:ff:ff:ff:ff:ff"});
  send({"40", "--dst-mac", "01:00:5e:00:00:01"});
  send({"50", "--dst-mac", kForeign});
  send({"60", "--dst-mac", pair.rx_mac(), "--src-mac", "01:00:5e:00:00:01"});
  send({"70", "--dst-mac", pair.rx_mac(), "--profile", "eth/arp"});
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  const auto ended = reflector.stop();
  EXPECT_EQ(ended.exit, 0) << ended.err;
  const auto j = ended.json();
  // A NIC, and net_af_packet's kernel side, may leave frames to others out by themselves; veth does not.
  EXPECT_EQ(j["not_ours"], 120) << j.dump();
  EXPECT_EQ(j["malformed"], 60) << j.dump();
  EXPECT_EQ(j["foreign"], 70) << j.dump();
  EXPECT_EQ(j["reflected"], 0);
}

TEST_P(Reflect, ADeviceThatGoesAwayEndsItWithWhatThereWas) {
  NEEDS_REFLECTOR(GetParam());
  Reflector reflector(port(pair));
  ASSERT_TRUE(reflector.up()) << reflector.wait().err;
  (void)round_trip(pair, {"--rate", "10kpps", "--count", "100"});
  shell("ip -n " + pair.rx() + " link del d0");
  const auto ended = reflector.wait();
  EXPECT_EQ(ended.exit, static_cast<int>(Exit::kPartial)) << ended.err;
  EXPECT_EQ(ended.json()["reflected"], 100) << ended.out;
  EXPECT_NE(ended.json()["partial"].get<std::string>().find("port failed"), std::string::npos) << ended.out;
}

TEST_P(Reflect, TheDefaultRoutesDeviceIsRefusedUnlessMeant) {
  NEEDS_REFLECTOR(GetParam());
  shell("ip -n " + pair.rx() + " addr add 198.18.0.2/24 dev d0 && ip -n " + pair.rx() +
        " route add default via 198.18.0.1");
  const auto refused = pktgen_run({"reflect", "--port", port(pair), "--duration", "1ms"});
  EXPECT_EQ(refused.exit, static_cast<int>(Exit::kRefused)) << refused.err;
  EXPECT_EQ(pktgen_run({"reflect", "--port", port(pair), "--duration", "1ms", "--i-mean-it", "d0"}).exit, 0);
}

INSTANTIATE_TEST_SUITE_P(Backends, Reflect,
                         testing::Values("af_packet", "af_xdp", "dpdk:net_af_packet", "dpdk:net_af_xdp",
                                         "xdp"));

TEST(ReflectNetns, TwoReflectorsDoNotPlay) {
  for (const std::string other : {"af_packet", "xdp"}) {
    NEEDS_REFLECTOR(other);
    Reflector here(port_on(other, "t0", pair.tx())), there("af_packet:d0@" + pair.rx());
    ASSERT_TRUE(here.up()) << here.wait().err;
    ASSERT_TRUE(there.up()) << there.wait().err;
    ASSERT_EQ(pktgen_run({"--port", "af_packet:t0@" + pair.tx(), "--dst-mac", pair.rx_mac(), "--rate",
                          "10kpps", "--count", "100", "--quiet"})
                  .exit,
              0);
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    const auto at_t0 = here.stop().json(), at_d0 = there.stop().json();
    EXPECT_EQ(at_d0["reflected"], 100) << at_d0.dump();
    EXPECT_EQ(at_d0["returned"], 0);
    EXPECT_EQ(at_t0["reflected"], 0) << at_t0.dump();
    EXPECT_EQ(at_t0["returned"], 100);
  }
}

// The stop is in the residence, for the kernel stamps what arrives meanwhile, and so not in the round trip.
TEST(ReflectNetns, WhatAStoppedReflectorCostsIsTakenOff) {
  NEEDS_REFLECTOR("af_packet");
  constexpr std::chrono::milliseconds kStop(20);
  Reflector reflector("af_packet:d0@" + pair.rx());
  ASSERT_TRUE(reflector.up()) << reflector.wait().err;
  std::thread stopper([&] {
    for (int i = 0; i < 10; ++i) {
      reflector.signal(SIGSTOP);
      std::this_thread::sleep_for(kStop);
      reflector.signal(SIGCONT);
      std::this_thread::sleep_for(kStop);
    }
  });
  const auto sender = round_trip(pair, {"--rate", "10kpps", "--duration", "400ms"});
  stopper.join();
  ASSERT_EQ(sender.exit, 0) << sender.err;
  const auto rx = sender.json()["rx"];
  EXPECT_EQ(rx["lost"], 0);
  const auto planted = std::chrono::nanoseconds(kStop).count();
  EXPECT_GT(rx["residence"]["max_ns"], planted * 3 / 4);
  EXPECT_LT(rx["latency"]["p90_ns"], rx["residence"]["p90_ns"].get<std::int64_t>() / 4)
      << rx["latency"].dump();
}

TEST(ReflectNetns, AKilledOneLeavesNoProgram) {
  for (const std::string backend : {"af_xdp", "xdp"}) {
    NEEDS_REFLECTOR(backend);
    const std::string look = "ip -n " + pair.rx() + " link show d0 | grep -q xdp";
    {
      Reflector reflector(port_on(backend, "d0", pair.rx()));
      ASSERT_TRUE(reflector.up()) << reflector.wait().err;
      EXPECT_EQ(shell(look), 0);
      reflector.signal(SIGKILL);
      (void)reflector.wait();
    }
    EXPECT_NE(shell("for i in $(seq 50); do " + look + " || exit 1; sleep 0.02; done"), 0);
  }
}

TEST(ReflectNetns, XdpSaysWhatAVethPeerLacks) {
  NEEDS_BACKEND("xdp");
  NEEDS_NETNS(pair);  // t0 has neither GRO nor a program
  Reflector reflector("xdp:d0@" + pair.rx());
  ASSERT_TRUE(reflector.up()) << reflector.wait().err;
  EXPECT_EQ(round_trip(pair, {"--rate", "10kpps", "--count", "100"}).json()["rx"]["lost"], 100);
  const auto j = reflector.stop().json();
  EXPECT_EQ(j["tx_errors"], 100) << j.dump();
  EXPECT_NE(j["note"].get<std::string>().find("gro on"), std::string::npos);
  Reflector generic("xdp:d0@" + pair.rx() + ",mode=skb");
  ASSERT_TRUE(generic.up()) << generic.wait().err;
  EXPECT_EQ(round_trip(pair, {"--rate", "10kpps", "--count", "100"}).json()["rx"]["lost"], 0);
  EXPECT_EQ(generic.stop().json()["port"]["mode"], "generic");
}

TEST(ReflectNetns, AfXdpTurnsAroundWhatComesInOnAnyQueue) {
  NEEDS_BACKEND("af_xdp");
  NEEDS_QUEUES(pair, 4);
  Reflector reflector("af_xdp:d0@" + pair.rx());
  ASSERT_TRUE(reflector.up()) << reflector.wait().err;
  const auto sender =
      pktgen_run({"--port", "af_xdp:t0@" + pair.tx() + ",queue=2", "--rx-port", "af_packet:t0@" + pair.tx(),
                  "--dst-mac", pair.rx_mac(), "--rate", "10kpps", "--count", "300", "--json"});
  ASSERT_EQ(sender.exit, 0) << sender.err;
  EXPECT_EQ(sender.json()["rx"]["received"], 300);
  EXPECT_EQ(reflector.stop().json()["port"]["rx_queues"], (std::vector<int>{0, 1, 2, 3}));
}

// Each frame's memory is needed many times over: what went back must come to be received into again.
TEST(ReflectNetns, FramesSentBackFromWhereTheyLayAreReceivedIntoAgain) {
  for (const std::string port : {"af_xdp:d0", "dpdk:net_af_xdp,iface=d0"}) {
    NEEDS_REFLECTOR(port.substr(0, port.find(':')));
    const bool own = port.starts_with("af_xdp");
    Reflector reflector(port + "@" + pair.rx() + (own ? ",frames=64" : ""));
    ASSERT_TRUE(reflector.up()) << reflector.wait().err;
    const int many = own ? 1'000 : 20'000;  // DPDK's pool has 8191 frames
    const auto sender =
        round_trip(pair, {"--rate", own ? "1kpps" : "40kpps", "--count", std::to_string(many)});
    ASSERT_EQ(sender.exit, 0) << sender.err;
    const auto j = reflector.stop().json();
    // A busy machine may let it wait, and some be lost meanwhile.
    EXPECT_GT(sender.json()["rx"]["received"], many / 2) << sender.out << j.dump();
    EXPECT_EQ(j["tx_errors"], 0) << j.dump();
  }
}

TEST(ReflectNetns, IntervalsHoldEveryProbeOnce) {
  NEEDS_REFLECTOR("af_packet");
  Reflector reflector("af_packet:d0@" + pair.rx());
  ASSERT_TRUE(reflector.up()) << reflector.wait().err;
  const std::string log = testing::TempDir() + "reflect_" + std::to_string(getpid()) + ".hlog";
  const auto sender = round_trip(
      pair, {"--rate", "5kpps", "--duration", "500ms", "--stats-interval", "100ms", "--hdr-log", log});
  ASSERT_EQ(sender.exit, 0) << sender.err;
  std::istringstream lines(sender.out);
  nlohmann::json j;
  std::uint64_t counted = 0;
  for (std::string line; std::getline(lines, line);) {
    j = nlohmann::json::parse(line);
    if (!j.contains("flows") || j["flows"][0]["latency"].is_null()) continue;
    const auto& flow = j["flows"][0];
    counted += flow["latency"]["count"].get<std::uint64_t>();
    EXPECT_EQ(flow["pdv"]["max_ns"],
              flow["latency"]["max_ns"].get<std::int64_t>() - flow["latency"]["min_ns"].get<std::int64_t>());
  }
  const auto rx = j["rx"];
  EXPECT_GT(counted, 0u);
  EXPECT_LE(counted, rx["received"].get<std::uint64_t>());
  const auto hlog = read_hlog(log);
  std::filesystem::remove(log);
  ASSERT_TRUE(hlog) << describe(hlog.error());
  std::map<std::string, std::uint64_t> by_tag;
  for (const auto& i : hlog->intervals) by_tag[i.tag] += i.histogram.count();
  EXPECT_EQ(by_tag["rtt.1"], rx["latency"]["count"]);
  EXPECT_EQ(by_tag["planned.1"], rx["latency_intended"]["count"]);
  EXPECT_EQ(by_tag["residence.1"], rx["residence"]["count"]);
  EXPECT_EQ(by_tag.size(), 3u);
  EXPECT_GT(hlog->intervals.size(), 3u);
}

TEST(ReflectNetns, PortsThatCannot) {
  for (const auto* port : {"null", "pcap:/tmp/x.pcapng"}) {
    const auto ended = pktgen_run({"reflect", "--port", port});
    EXPECT_EQ(ended.exit, static_cast<int>(Exit::kUsage)) << port;
    EXPECT_NE(ended.err.find("can't reflect"), std::string::npos) << ended.err;
  }
}

}  // namespace
}  // namespace hopcost::pktgen
