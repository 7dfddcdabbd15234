// The DPDK backend in this process, on drivers that need no privilege: what leaves a port is read back from
// the file that net_pcap writes.
#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "pktgen/io/any_port.h"
#include "tests/wire/frames.h"
#include "tests/wire/oracle.h"
#include "wire/find_probe.h"

namespace hopcost::pktgen {
namespace {

using Frames = std::vector<std::vector<std::byte>>;
using Open = DpdkBackend::Open;

Result<AnyPort> open(const std::string& spec, bool receive = false) {
  return open_port({.spec = parse_port_spec(spec).value(), .receive = receive});
}

/// A file of this process, gone with this.
struct PcapFile {
  std::filesystem::path path;
  explicit PcapFile(const char* name)
      : path(std::filesystem::temp_directory_path() /
             (std::string(name) + std::to_string(getpid()) + ".pcap")) {}
  ~PcapFile() { std::filesystem::remove(path); }

  /// The frames in it: 24 bytes of header, then 16 before each frame, its length at 8 (pcap-savefile(5)).
  [[nodiscard]] Frames frames() const {
    std::ifstream file(path, std::ios::binary);
    const std::vector<char> all((std::istreambuf_iterator<char>(file)), {});
    Frames frames;
    for (std::size_t at = 24; at + 16 <= all.size();) {
      std::uint32_t length = 0;
      std::memcpy(&length, all.data() + at + 8, sizeof length);
      const auto* bytes = reinterpret_cast<const std::byte*>(all.data() + at + 16);
      frames.emplace_back(bytes, bytes + length);
      at += 16 + length;
    }
    return frames;
  }
};

/// Stamps and sends `n`, from `sequence` on.
void send(DpdkTx& tx, const FrameTemplate& t, std::uint32_t n, std::uint64_t sequence) {
  const auto lent = tx.lend(n);
  ASSERT_EQ(lent.size(), n);
  for (std::byte* f : lent) t.stamp(f, sequence++, 1'800'000'000'000'000'000);
  tx.send(n);
  ASSERT_EQ(tx.owed(), 0u);
}

TEST(Dpdk, FramesComeBackFromTheDriverAsTheyWere) {
  const PcapFile file("hopcost-dpdk-");
  const auto t = FrameTemplate::make(spec_v4(), 1500).value();
  {
    auto port = open("dpdk:net_pcap,tx_pcap=" + file.path.string());
    ASSERT_TRUE(port) << describe(port.error());
    auto& tx = *std::get<Open>(*port).tx;
    ASSERT_TRUE(tx.prepare(t));
    for (std::uint64_t i = 0; i < 20'000; i += kMaxBatch) send(tx, t, kMaxBatch, i);
  }
  const Frames frames = file.frames();
  ASSERT_GE(frames.size(), 20'000u);
  for (std::size_t i = 0; i < frames.size(); ++i) {
    ASSERT_EQ(find_probe(frames[i]).value().probe.sequence, i);
    ASSERT_EQ(frames[i].size(), t.size());
    ASSERT_TRUE(oracle::frame_is_right(frames[i])) << i;
  }
}

TEST(Dpdk, EachFrameOfItsOwnLength) {
  const PcapFile file("hopcost-dpdk-lengths-");
  const auto t = FrameTemplate::make(spec_v4(1518), 1500).value();
  const std::vector<std::uint16_t> lengths{60, 1514, 61, 700};
  {
    auto port = open("dpdk:net_pcap,tx_pcap=" + file.path.string());
    ASSERT_TRUE(port) << describe(port.error());
    auto& tx = *std::get<Open>(*port).tx;
    ASSERT_TRUE(tx.prepare(t));
    ASSERT_EQ(tx.lend(kMaxBatch).size(), kMaxBatch);
    tx.send(lengths);  // fewer than were lent
    send(tx, t, 1, 5);
  }
  const Frames frames = file.frames();
  ASSERT_EQ(frames.size(), 5u);
  for (std::size_t i = 0; i < lengths.size(); ++i) {
    ASSERT_EQ(frames[i].size(), lengths[i]);
    EXPECT_TRUE(std::equal(frames[i].begin(), frames[i].begin() + 42, t.bytes().begin()));
  }
  EXPECT_EQ(frames[4].size(), t.size());  // back to the size prepared
}

TEST(Dpdk, ReceivesWhatAFileHolds) {
  const PcapFile written("hopcost-dpdk-rx-");
  const auto t = FrameTemplate::make(spec_v4(), 1500).value();
  {
    auto port = open("dpdk:net_pcap,tx_pcap=" + written.path.string());
    ASSERT_TRUE(port) << describe(port.error());
    auto& tx = *std::get<Open>(*port).tx;
    ASSERT_TRUE(tx.prepare(t));
    send(tx, t, 40, 100);
  }
  auto port = open_port({.spec = parse_port_spec("dpdk:net_pcap,rx_pcap=" + written.path.string()).value(),
                         .send = false,
                         .receive = true});
  ASSERT_TRUE(port) << describe(port.error());
  EXPECT_EQ(info_of(*port).rx_stamp, "software");
  auto& rx = *std::get<Open>(*port).rx;
  std::array<RxFrame, kMaxBatch> frames;
  std::uint64_t seen = 0;
  for (int tries = 0; tries < 100 && seen < 40; ++tries) {
    const auto n = rx.receive(frames);
    for (const auto& f : std::span(frames).first(n)) {
      EXPECT_EQ(find_probe(f.bytes).value().probe.sequence, 100 + seen++);
      EXPECT_EQ(f.rx_ns, 0u);
    }
    rx.release();
  }
  EXPECT_EQ(seen, 40u);
}

TEST(Dpdk, WhatADriverCannotDoIsSaidToBeSoftwares) {
  for (const char* spec : {"dpdk:net_null", "dpdk:net_ring", "dpdk:net_pcap,tx_pcap=/dev/null"}) {
    auto port = open(spec);
    ASSERT_TRUE(port) << describe(port.error());
    EXPECT_EQ(info_of(*port).tx_stamp, "software");
    EXPECT_EQ(info_of(*port).rx_stamp, "software");
    EXPECT_EQ(info_of(*port).rate_limit, "software");
    EXPECT_TRUE(info_of(*port).abilities.empty());
    EXPECT_EQ(std::get<Open>(*port).tx->departures(), nullptr);
    const auto limited = open(std::string(spec) + "@,limit=100");
    ASSERT_FALSE(limited);
    EXPECT_EQ(limited.error().code, Exit::kMissing);
    EXPECT_NE(limited.error().what.find("has no rate limit"), std::string::npos) << describe(limited.error());
  }
}

TEST(Dpdk, ARingGivesBackWhatItWasSent) {
  auto port = open("dpdk:net_ring", true);
  ASSERT_TRUE(port) << describe(port.error());
  const auto t = FrameTemplate::make(spec_v4(), 1500).value();
  auto& [info, tx, rx] = std::get<Open>(*port);
  ASSERT_TRUE(tx->prepare(t));
  std::array<RxFrame, kMaxBatch> frames;
  for (std::uint64_t sent = 0; sent < 6400; sent += kMaxBatch) {
    send(*tx, t, kMaxBatch, sent);
    ASSERT_EQ(rx->receive(frames), kMaxBatch);
    for (std::uint64_t i = 0; i < kMaxBatch; ++i) {
      ASSERT_EQ(find_probe(frames[i].bytes).value().probe.sequence, sent + i);
      ASSERT_EQ(frames[i].bytes.size(), t.size());
    }
    rx->release();
  }
  EXPECT_EQ(tx->errors(), 0u);
}

TEST(Dpdk, SeveralPortsInAProcess) {
  auto a = open("dpdk:net_null"), b = open("dpdk:net_null");
  ASSERT_TRUE(a && b);
  const auto t = FrameTemplate::make(spec_v4(), 1500).value();
  for (auto* port : {&*a, &*b}) {
    auto& tx = *std::get<Open>(*port).tx;
    ASSERT_TRUE(tx.prepare(t));
    send(tx, t, kMaxBatch, 0);
    EXPECT_EQ(tx.failed(), 0);
  }
}

cpu_set_t affinity() {
  cpu_set_t set;
  CPU_ZERO(&set);
  sched_getaffinity(0, sizeof set, &set);
  return set;
}
const cpu_set_t affinity_at_start = affinity();  // DPDK starts with the first test that needs it

TEST(Dpdk, LeavesAffinityAndSignalsAlone) {
  auto port = open("dpdk:net_null");
  ASSERT_TRUE(port);
  const cpu_set_t after = affinity();
  EXPECT_TRUE(CPU_EQUAL(&affinity_at_start, &after));
  for (const int number : {SIGINT, SIGTERM, SIGUSR1, SIGUSR2, SIGPIPE}) {
    struct sigaction action {};
    sigaction(number, nullptr, &action);
    EXPECT_EQ(action.sa_handler, SIG_DFL) << number;
  }
}

TEST(Dpdk, MoreThanWhatItWasStartedWithIsAUsageError) {
  ASSERT_TRUE(open("dpdk:net_null"));
  for (const char* spec : {"dpdk:net_null@,hugepages=64", "dpdk:0000:ff:1f.7"}) {
    const auto port = open(spec);
    ASSERT_FALSE(port);
    EXPECT_EQ(port.error().code, Exit::kUsage) << describe(port.error());
  }
}

}  // namespace
}  // namespace hopcost::pktgen
