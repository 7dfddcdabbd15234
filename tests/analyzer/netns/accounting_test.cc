// Every probe is accounted for at each tap, and planted faults are counted exactly.
#include <gtest/gtest.h>
#include <sched.h>

#include "tests/analyzer/netns/probe_sender.h"
#include "tests/analyzer/netns/sandbox.h"
#include "tests/analyzer/netns/slot.h"

namespace hopcost::analyzer {
namespace {

/// The calling thread stays on the CPU it is on.
class OneCpu {
 public:
  OneCpu() {
    sched_getaffinity(0, sizeof before_, &before_);
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(sched_getcpu(), &one);
    sched_setaffinity(0, sizeof one, &one);
  }
  ~OneCpu() { sched_setaffinity(0, sizeof before_, &before_); }

 private:
  cpu_set_t before_;
};

/// For each kind of tap.
class Accounting : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    box_.build_bridge();
    NEED_SANDBOX(box_);
    NEED_TAP_KIND(GetParam());
  }
  std::vector<std::string> three_taps() {
    return {"wire=d0@" + box_.dut() + ":in", "port=v0@" + box_.dut() + ":out",
            "container=eth0@" + box_.container()};
  }
  Sandbox box_;
};

TEST_P(Accounting, SentIsReceivedAtEveryTap) {
  TestSlot slot(three_taps(), GetParam());
  ASSERT_EQ(slot.error(), "");
  ProbeSender sender(box_.tester(), "t0");
  slot.expect(7);
  sender.send_many(7, 0, 3000);
  ASSERT_TRUE(sender.good());
  const auto s = slot.collect(3000);
  for (const auto& tap : s.taps) {
    EXPECT_EQ(tap.tally->seen, 3000u) << tap.name;
    EXPECT_EQ(tap.lost + tap.ring_drops + tap.tally->duplicates + tap.tally->reordered, 0u) << tap.name;
    EXPECT_EQ(tap.tally->since_tx.count(), 3000u);
    EXPECT_EQ(tap.tally->since_tx.negative, 0u);
  }
  for (const auto& hop : s.hops) {
    EXPECT_EQ(hop.tally->latency.count(), 3000u);
    EXPECT_EQ(hop.tally->latency.negative + hop.tally->lost + hop.tally->appeared, 0u);
  }
  EXPECT_EQ(s.evicted, 0u);
}

TEST_P(Accounting, ThereAndBackEachHopIsTimed) {
  const std::string dut = "@" + box_.dut(), container = "@" + box_.container();
  TestSlot slot({"wire=d0" + dut + ":in", "container=eth0" + container + ":in",
                 "leaves=eth0" + container + ":out", "back=d0" + dut + ":out"},
                GetParam());
  ASSERT_EQ(slot.error(), "");
  ProbeSender tester(box_.tester(), "t0"), reflector(box_.container(), "eth0", 2, 1);
  slot.expect(7);
  for (std::uint64_t i = 0; i < 500; ++i) {
    tester.send(7, i);
    reflector.send_reflected(7, i, 1000);
  }
  const auto s = slot.collect(500);
  for (const auto& tap : s.taps) {
    EXPECT_EQ(tap.tally->seen, 500u) << tap.name;
    EXPECT_EQ(tap.tally->duplicates, 0u) << tap.name;
    EXPECT_EQ(tap.tally->since_tx.negative, 0u) << tap.name;
  }
  for (const auto& hop : s.hops) {
    EXPECT_EQ(hop.tally->latency.count(), 500u) << hop.from;
    EXPECT_EQ(hop.tally->latency.negative, 0u) << hop.from;
  }
}

TEST_P(Accounting, SinceTransmissionIsTheSumOfTheHops) {
  TestSlot slot(three_taps(), GetParam());
  ASSERT_EQ(slot.error(), "");
  ProbeSender sender(box_.tester(), "t0");
  slot.expect(7);
  sender.send_many(7, 0, 500);
  const auto s = slot.collect(500);
  const auto hops = s.hops[0].tally->latency.sum_ns + s.hops[1].tally->latency.sum_ns;
  EXPECT_EQ(s.taps[0].tally->since_tx.sum_ns + hops, s.taps[2].tally->since_tx.sum_ns);
  EXPECT_GT(s.taps[0].tally->since_tx.sum_ns, 0);
}

TEST_P(Accounting, DuplicatesAndReorderingOfTheSenderAreCountedExactly) {
  TestSlot slot(three_taps(), GetParam());
  ASSERT_EQ(slot.error(), "");
  ProbeSender sender(box_.tester(), "t0");
  slot.expect(7);
  for (std::uint64_t block = 0; block < 100; ++block) {
    for (const std::uint64_t s : {0, 1, 1, 2, 4, 3, 5, 6, 6, 6}) sender.send(7, 7 * block + s);
  }
  const auto s = slot.collect(700);
  for (const auto& tap : s.taps) {
    EXPECT_EQ(tap.tally->seen, 700u) << tap.name;
    EXPECT_EQ(tap.tally->duplicates, 300u) << tap.name;
    EXPECT_EQ(tap.tally->reordered, 100u) << tap.name;
    EXPECT_EQ(tap.lost, 0u);
  }
  EXPECT_EQ(s.hops[1].tally->latency.count(), 700u);
}

TEST_P(Accounting, SequencesThatWerenotSentAreLostAtEveryTap) {
  TestSlot slot(three_taps(), GetParam());
  ASSERT_EQ(slot.error(), "");
  ProbeSender sender(box_.tester(), "t0");
  slot.expect(7);
  for (std::uint64_t s = 0; s < 1000; ++s) {
    if (s % 10 != 3) sender.send(7, s);
  }
  const auto s = slot.collect(1000);
  for (const auto& tap : s.taps) EXPECT_EQ(tap.lost, 100u) << tap.name;
  EXPECT_EQ(s.hops[0].tally->lost, 0u);
}

TEST_P(Accounting, AnXdpProgramThatDropsEach100thLosesAtTheRightTap) {
  const std::string object = DROP_OBJECT;
  if (object.empty()) GTEST_SKIP() << "clang is not installed: it builds the program that drops";
  if (!Sandbox::run("ip -n " + box_.container() + " link set dev eth0 xdpgeneric obj " + object +
                    " sec xdp")) {
    GTEST_SKIP() << "the kernel does not load the XDP program";
  }
  TestSlot slot(three_taps(), GetParam());
  ASSERT_EQ(slot.error(), "");
  ProbeSender sender(box_.tester(), "t0");
  slot.expect(7);
  sender.send_many(7, 0, 5000);
  const auto s = slot.collect(5000);
  EXPECT_EQ(s.taps[0].lost, 0u);
  EXPECT_EQ(s.taps[1].lost, 0u);
  EXPECT_EQ(s.taps[2].lost, 50u);
  EXPECT_EQ(s.hops[0].tally->lost, 0u);
  EXPECT_EQ(s.hops[1].tally->lost, 50u);
  EXPECT_EQ(s.hops[1].tally->latency.count(), 4950u);
}

TEST_P(Accounting, RingDropsAreToldFromLossOnThePath) {
  TapOptions small;
  small.ring_bytes = kMinRingBytes;
  TestSlot slot({"wire=d0@" + box_.dut()}, GetParam(), small);
  ASSERT_EQ(slot.error(), "");
  ProbeSender sender(box_.tester(), "t0");
  slot.expect(7);
  const OneCpu one_cpu;            // bpf taps have a ring a CPU
  sender.send_many(7, 0, 20'000);  // more than a ring holds, which nobody reads meanwhile
  const auto s = slot.collect(20'000);
  EXPECT_GT(s.taps[0].ring_drops, 0u);
  EXPECT_EQ(s.taps[0].lost, s.taps[0].ring_drops);
}

TEST_P(Accounting, AReaderThatStalledStillBringsAllTogether) {
  TestSlot slot(three_taps(), GetParam(), {}, 2048);
  ASSERT_EQ(slot.error(), "");
  ProbeSender sender(box_.tester(), "t0");
  slot.expect(7);
  sender.send_many(7, 0, 10'000);  // far more than the window, and nobody reads meanwhile
  const auto s = slot.collect(10'000);
  EXPECT_EQ(s.evicted, 0u);
  for (const auto& hop : s.hops) EXPECT_EQ(hop.tally->latency.count(), 10'000u) << hop.to;
}

TEST_P(Accounting, OtherFlowsAndOtherTrafficAreForeign) {
  TestSlot slot({"wire=d0@" + box_.dut()}, GetParam());
  ASSERT_EQ(slot.error(), "");
  ProbeSender sender(box_.tester(), "t0");
  slot.expect(7);
  sender.send_many(7, 0, 100);
  sender.send_many(8, 0, 30);
  for (int i = 0; i < 20; ++i) sender.send_foreign();
  const auto s = slot.collect(100);
  EXPECT_EQ(s.taps[0].tally->seen, 100u);
  EXPECT_EQ(s.foreign, 50u);
}

TEST_P(Accounting, ATapSeesItsDirectionAlone) {
  // At both ends, else ICMP errors come back, and ARP before them.
  auto sink = Sink::open({box_.container(), 9}), other_sink = Sink::open({box_.tester(), 9});
  ASSERT_TRUE(sink && other_sink);
  TestSlot in({"in=d0@" + box_.dut() + ":in"}, GetParam()),
      out({"out=d0@" + box_.dut() + ":out"}, GetParam());
  ASSERT_EQ(in.error() + out.error(), "");
  ProbeSender from_tester(box_.tester(), "t0"), from_container(box_.container(), "eth0", 2, 1);
  in.expect(7);
  out.expect(8);
  from_tester.send_many(7, 0, 40);
  from_container.send_many(8, 0, 60);
  const auto i = in.collect(40), o = out.collect(60);
  EXPECT_EQ(i.taps[0].tally->seen, 40u);
  EXPECT_EQ(i.foreign, 0u);
  EXPECT_EQ(o.taps[0].tally->seen, 60u);
  EXPECT_EQ(o.foreign, 0u);
}

TEST_P(Accounting, NoPacketOfAnotherDeviceSlipsInWhileATapOpens) {
  std::jthread flood([this](std::stop_token stop) {
    ProbeSender sender(box_.tester(), "t0");
    for (std::uint64_t i = 0; !stop.stop_requested(); ++i) {
      sender.send(7, i);
      std::this_thread::sleep_for(std::chrono::microseconds(20));
    }
  });
  for (int i = 0; i < 5; ++i) {
    TestSlot slot({"quiet=lo@" + box_.dut()}, GetParam());
    ASSERT_EQ(slot.error(), "");
    slot.expect(7);
    const auto s = slot.collect(0);
    EXPECT_EQ(s.taps[0].tally->seen + s.foreign, 0u);
  }
}

INSTANTIATE_TEST_SUITE_P(Kinds, Accounting, testing::Values("af_packet", "bpf"),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace hopcost::analyzer
