// What pktgen makes of a NIC's own stamps, clocks and rate limits, on a driver that has them: whole runs, and
// ports by themselves.
#include <gtest/gtest.h>

#include <cerrno>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <thread>

#include "pktgen/report/report_json.h"
#include "pktgen/session/session.h"
#include "tests/pktgen/io/dpdk/able_nic.h"
#include "tests/wire/frames.h"
#include "wire/find_probe.h"

namespace hopcost::pktgen {
namespace {

using Limits = std::vector<AbleNic::Limit>;

/// Of a stamp: two readings of both clocks lie behind it, and a busy machine makes the best of four of them
/// worse.
constexpr double kStampErrorNs = 5'000;

Result<std::vector<AnyPort>> open_nic(const std::string& spec, bool send = true, bool receive = false) {
  return open_queues({.spec = parse_port_spec(spec).value(), .send = send, .receive = receive});
}

/// 3000 packets in 300 ms, out of the NIC and back into it; the report.
nlohmann::json run_on_nic() {
  Config c;
  c.ports = c.rx_ports = {"dpdk:net_ring"};
  c.dst_mac = "02:00:00:00:00:02";
  c.rate = "10kpps";
  c.count = 3000;
  const Plan plan = validate(c).value();
  auto session = Session::open(plan);
  if (!session) throw std::runtime_error(describe(session.error()));
  (*session)->begin().value();
  return report(plan, (*session)->finish().value());
}

/// A port that sends to itself.
struct Loop {
  AnyPort port;
  DpdkBackend::Open& ends = std::get<DpdkBackend::Open>(port);
  FrameTemplate frame = FrameTemplate::make(spec_v4(), 1500).value();
  std::uint64_t sequence = 0;

  /// `n` frames there and back: how far their stamps are from when they arrived, ns; nothing without one.
  std::vector<std::optional<double>> stamp_errors(std::uint32_t n) {
    const std::uint64_t given = kernel_clock_ns(CLOCK_REALTIME);
    for (std::byte* f : ends.tx->lend(n)) frame.stamp(f, sequence++, given);
    ends.tx->send(n);
    std::array<RxFrame, kMaxBatch> frames;
    std::vector<std::optional<double>> errors;
    for (const RxFrame& f : std::span(frames).first(ends.rx->receive(frames))) {
      errors.emplace_back();
      if (f.rx_ns != 0)
        errors.back() = static_cast<double>(static_cast<std::int64_t>(f.rx_ns - given - AbleNic::kWireNs));
    }
    ends.rx->release();
    return errors;
  }
};

Loop open_loop() {
  Loop loop{std::move(open_nic("dpdk:net_ring", true, true).value().front())};
  loop.ends.tx->prepare(loop.frame).value();
  return loop;
}

TEST(DpdkAbilities, WhatANicHasIsSaidToBeHardwares) {
  struct Case {
    NicAbilities can;
    bool rx, tx, limit;
  };
  for (const auto& [can, rx, tx, limit] :
       {Case{{}, false, false, false},
        Case{{.stamps_received = true}, false, false, false},  // of a clock that nobody can read
        Case{{.stamps_received = true, .raw_clock = true}, true, false, false},
        Case{{.stamps_received = true, .timesync = true}, true, true, false},
        Case{{.stamps_received = true, .timesync = true, .timesync_wants_offload = true}, true, true, false},
        Case{{.timesync = true}, false, true, false}, Case{{.limits_rate = true}, false, false, true}}) {
    const auto word = [](bool hardware) { return hardware ? "hardware" : "software"; };
    const AbleNic nic(can);
    const auto ports = open_nic("dpdk:net_ring");
    ASSERT_TRUE(ports) << describe(ports.error());
    ASSERT_EQ(nic.fault(), "");
    const PortInfo& info = info_of(ports->front());
    EXPECT_EQ(info.rx_stamp, word(rx));
    EXPECT_EQ(info.tx_stamp, word(tx));
    EXPECT_EQ(info.rate_limit, word(limit));
    EXPECT_EQ(info.link_mbps, 10'000u);  // what net_ring says: rates in percent are of it
    EXPECT_TRUE(info.abilities.empty());
  }
  const AbleNic nic({.sends_on_time = true});
  const auto ports = open_nic("dpdk:net_ring");
  ASSERT_TRUE(ports);
  EXPECT_EQ(info_of(ports->front()).abilities, std::vector<std::string>{"send-on-time"});
}

void expect_near(const nlohmann::json& times, std::uint64_t ns) {
  EXPECT_NEAR(times["min_ns"].get<double>(), static_cast<double>(ns), kStampErrorNs);
  EXPECT_NEAR(times["max_ns"].get<double>(), static_cast<double>(ns), kStampErrorNs);
}

TEST(DpdkAbilities, ARunIsTimedByTheNicAtBothEnds) {
  const AbleNic nic({.stamps_received = true, .raw_clock = true, .timesync = true});
  const auto result = run_on_nic();
  ASSERT_EQ(nic.fault(), "");
  EXPECT_EQ(result["rx"]["received"], 3000);
  EXPECT_EQ(result["rx"]["lost"], 0);
  EXPECT_EQ(result["rx"]["stamp"], "hardware");
  expect_near(result["rx"]["latency"], AbleNic::kWireNs);
  const auto& departure = result["departure"];
  EXPECT_EQ(departure["stamp"], "hardware");
  EXPECT_GE(departure["delay"]["count"], 3);  // one a millisecond, of some hundred
  expect_near(departure["delay"], AbleNic::kSenderNs);
  EXPECT_EQ(departure["negative"], 0);
  EXPECT_EQ(departure["missing"], 0);
}

TEST(DpdkAbilities, ARunIsTimedByTimesyncsClockWhereThereIsNoOther) {
  const AbleNic nic({.stamps_received = true, .timesync = true});
  const auto result = run_on_nic();
  EXPECT_EQ(result["rx"]["received"], 3000);
  EXPECT_EQ(result["rx"]["lost"], 0);
  EXPECT_EQ(result["rx"]["stamp"], "hardware");
  expect_near(result["rx"]["latency"], AbleNic::kWireNs);
}

TEST(DpdkAbilities, ARunOnANicWithoutStampsIsSoftwares) {
  const AbleNic nic({.stamps_received = true});
  const auto result = run_on_nic();
  EXPECT_EQ(result["rx"]["stamp"], "user");
  EXPECT_EQ(result["departure"]["stamp"], "software");
}

TEST(DpdkAbilities, AFrameWithoutAStampHasNone) {
  const AbleNic nic({.stamps_received = true, .raw_clock = true, .stamps_each = 3});
  const auto errors = open_loop().stamp_errors(60);
  ASSERT_EQ(errors.size(), 60u);
  for (std::size_t i = 0; i < errors.size(); ++i) {
    ASSERT_EQ(errors[i].has_value(), i % 3 == 2) << i;
    EXPECT_NEAR(errors[i].value_or(0), 0, kStampErrorNs);
  }
}

TEST(DpdkAbilities, StampsInRegistersAreFetchedFromThem) {
  const AbleNic nic({.timesync = true, .keeps_arrivals = true, .stamps_each = 4});
  const auto errors = open_loop().stamp_errors(8);
  ASSERT_EQ(errors.size(), 8u);
  for (std::size_t i = 0; i < errors.size(); ++i) {
    ASSERT_EQ(errors[i].has_value(), i % 4 == 3) << i;
    EXPECT_NEAR(errors[i].value_or(0), 0, kStampErrorNs);
  }
}

TEST(DpdkAbilities, TheNicsClockIsFollowedAlsoWhereNobodyIsEverIdle) {
  AbleNic nic({.stamps_received = true, .raw_clock = true});
  Loop loop = open_loop();
  nic.change_rate(0.998);  // 2 ms in a second
  std::this_thread::sleep_for(std::chrono::milliseconds(250));
  for (int i = 0; i < 3; ++i) {
    const auto errors = loop.stamp_errors(1);
    ASSERT_EQ(errors.size(), 1u);
    EXPECT_NEAR(errors[0].value(), 0, kStampErrorNs);
  }
}

TEST(DpdkAbilities, ALimitReachesEachQueueOnceTheLinkIsUp) {
  AbleNic nic({.limits_rate = true, .link_up_after = 3});
  const auto ports = open_nic("dpdk:net_ring@,limit=2500,queue=0-2");
  ASSERT_TRUE(ports) << describe(ports.error());
  ASSERT_EQ(nic.fault(), "");
  for (const auto& port : *ports) EXPECT_EQ(info_of(port).rate_limit, "hardware");
  // First it is found out whether there are limits at all.
  EXPECT_EQ(nic.limits(), (Limits{{0, 0}, {0, 2500}, {1, 2500}, {2, 2500}}));
}

TEST(DpdkAbilities, ALimitAboveTheLinksSpeedIsAnError) {
  const AbleNic nic({.limits_rate = true});
  const auto ports = open_nic("dpdk:net_ring@,limit=10001");
  ASSERT_FALSE(ports);
  EXPECT_EQ(ports.error().code, Exit::kUsage);
  EXPECT_EQ(ports.error().what, "a limit of 10001 Mbit/s is above the 10000 Mbit/s of net_ring's link");
  EXPECT_EQ(nic.limits(), (Limits{{0, 0}}));
}

TEST(DpdkAbilities, ALimitThatTheDriverRefusesIsAnError) {
  AbleNic nic({.limits_rate = true});
  nic.refuse_limits(ERANGE);
  const auto ports = open_nic("dpdk:net_ring@,limit=3,queue=0-1");
  ASSERT_FALSE(ports);
  EXPECT_EQ(ports.error().code, Exit::kFailure);
  EXPECT_NE(
      describe(ports.error()).find("keep queue 0 of net_ring to 3 Mbit/s: Numerical result out of range"),
      std::string::npos)
      << describe(ports.error());
}

TEST(DpdkAbilities, ALimitOnAPortThatOnlyReceivesIsAnError) {
  const AbleNic nic({.limits_rate = true});
  const auto ports = open_nic("dpdk:net_ring@,limit=100", false, true);
  ASSERT_FALSE(ports);
  EXPECT_EQ(ports.error().code, Exit::kUsage);
}

TEST(DpdkAbilities, ADriverThatMayFreeFramesWithoutALookIsTold) {
  for (const bool can : {false, true}) {
    AbleNic nic({.frees_fast = can});
    ASSERT_EQ(nic.fault(), "");
    auto port = open_nic("dpdk:net_ring");
    ASSERT_TRUE(port) << describe(port.error());
    EXPECT_EQ(nic.frees_fast(), can);
  }
}

}  // namespace
}  // namespace hopcost::pktgen
