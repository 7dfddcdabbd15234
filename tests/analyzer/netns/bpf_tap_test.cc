// What only the bpf kind can watch: tracepoints between devices, and the socket a path ends at.
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "tests/analyzer/netns/probe_sender.h"
#include "tests/analyzer/netns/sandbox.h"
#include "tests/analyzer/netns/slot.h"

namespace hopcost::analyzer {
namespace {

class BpfTap : public testing::Test {
 protected:
  void SetUp() override {
    box_.build_bridge();
    NEED_SANDBOX(box_);
    NEED_TAP_KIND("bpf");
  }
  std::string on_dut(const std::string& point) { return point + "@" + box_.dut(); }
  Sandbox box_;
};

// Every point in the order of net/core/dev.c: a wrong order would give times below zero, a wrong device none.
TEST_F(BpfTap, EveryPointOfABridgeSeesEachProbeInOrder) {
  const std::string dut = "@" + box_.dut(), container = "@" + box_.container();
  TestSlot slot({"backlog=d0" + dut + ":netif_rx", "poll=d0" + dut + ":netif_receive_skb",
                 "wire=d0" + dut + ":in", "queue=v0" + dut + ":net_dev_queue", "port=v0" + dut + ":out",
                 "driver=v0" + dut + ":net_dev_start_xmit", "peer=eth0" + container + ":netif_rx",
                 "sent=v0" + dut + ":net_dev_xmit", "peer_poll=eth0" + container + ":netif_receive_skb",
                 "container=eth0" + container + ":in", "socket=udp/9" + container},
                "bpf");
  ASSERT_EQ(slot.error(), "");
  ProbeSender sender(box_.tester(), "t0");
  slot.expect(7);
  sender.send_many(7, 0, 1000);
  const auto s = slot.collect(1000);
  for (const auto& tap : s.taps) {
    EXPECT_EQ(tap.tally->seen, 1000u) << tap.name;
    EXPECT_EQ(tap.lost + tap.ring_drops + tap.tally->duplicates + tap.tally->reordered, 0u) << tap.name;
  }
  for (const auto& hop : s.hops) {
    EXPECT_EQ(hop.tally->latency.count(), 1000u) << hop.from;
    EXPECT_EQ(hop.tally->latency.negative, 0u) << hop.from << " > " << hop.to;
  }
  EXPECT_EQ(s.foreign, 0u);
}

const TapOptions kOldKernel = {.old_kernel = true};

TEST_F(BpfTap, RawTracepointsSeeWhatTypedOnesSee) {
  const std::string dut = "@" + box_.dut(), container = "@" + box_.container();
  const std::vector<std::string> points = {"backlog=d0" + dut + ":netif_rx",
                                           "poll=d0" + dut + ":netif_receive_skb",
                                           "queue=v0" + dut + ":net_dev_queue",
                                           "driver=v0" + dut + ":net_dev_start_xmit",
                                           "peer=eth0" + container + ":netif_rx",
                                           "sent=v0" + dut + ":net_dev_xmit",
                                           "end=eth0" + container + ":netif_receive_skb"};
  TestSlot typed(points, "bpf"), raw(points, "bpf", kOldKernel);
  ASSERT_EQ(typed.error() + raw.error(), "");
  EXPECT_TRUE(
      Sandbox::run("PATH=$PATH:/usr/sbin bpftool prog show | grep -q 'raw_tracepoint *name net_dev_queue'"));
  ProbeSender sender(box_.tester(), "t0");
  for (auto* slot : {&typed, &raw}) slot->expect(7);
  sender.send_many(7, 0, 1000);
  sender.send_foreign();
  const auto of_typed = typed.collect(1000), of_raw = raw.collect(1000);
  for (const auto* s : {&of_typed, &of_raw}) {
    for (const auto& tap : s->taps) EXPECT_EQ(tap.tally->seen, 1000u) << tap.name;
    for (const auto& hop : s->hops) EXPECT_EQ(hop.tally->latency.negative, 0u) << hop.from << " > " << hop.to;
  }
  EXPECT_GT(of_raw.foreign, 0u);
  EXPECT_EQ(of_raw.foreign, of_typed.foreign);
}

TEST_F(BpfTap, ATracepointHearsItsDeviceInItsNamespaceAlone) {
  // d0 and eth0 may have one index, each in its own namespace.
  TestSlot slot(
      {"other=lo@" + box_.dut() + ":netif_receive_skb", "wire=" + on_dut("d0") + ":netif_receive_skb"},
      "bpf");
  ASSERT_EQ(slot.error(), "");
  ProbeSender sender(box_.tester(), "t0");
  slot.expect(7);
  sender.send_many(7, 0, 50);
  const auto s = slot.collect(50);
  EXPECT_EQ(s.taps[0].tally->seen, 0u);
  EXPECT_EQ(s.taps[1].tally->seen, 50u);
  EXPECT_EQ(s.foreign, 0u);
}

/// What `send` sends is seen, and is foreign, so many times wherever the tap hooks in: the frame is the same.
template <class Send>
void expect_at_each_hook(const Sandbox& box, Send send, std::uint64_t seen, std::uint64_t foreign) {
  for (const std::string hook : {":in", ":in/tc", ":in/xdp"}) {
    TestSlot slot({"wire=d0@" + box.dut() + hook}, "bpf");
    if (slot.error().find("needs Linux") != std::string::npos) continue;
    ASSERT_EQ(slot.error(), "") << hook;
    ProbeSender sender(box.tester(), "t0");
    slot.expect(7);
    send(sender);
    const auto s = slot.collect(seen);
    EXPECT_EQ(s.taps[0].tally->seen, seen) << hook;
    EXPECT_EQ(s.foreign, foreign) << hook;
  }
}

TEST_F(BpfTap, PaddingBehindThePacketIsLookedThrough) {
  expect_at_each_hook(
      box_,
      [](ProbeSender& sender) {
        for (std::uint64_t i = 0; i < 20; ++i) sender.send_padded(7, i);
      },
      20, 0);
}

// What pads a frame may be what an earlier probe left there, and an ICMP error ends as the packet it quotes.
TEST_F(BpfTap, OnlyThePacketsEndIsLookedAt) {
  expect_at_each_hook(
      box_,
      [](ProbeSender& sender) {
        for (std::uint64_t i = 0; i < 10; ++i) sender.send_stale_padding(7, i);
        for (std::uint64_t i = 0; i < 10; ++i) sender.send_icmp_error(7, i);
      },
      0, 20);
}

// As wire/find_probe has it: an error quotes a packet that was seen before, and a fragment is no whole
// packet.
TEST_F(BpfTap, TagsAndIpv6HideNoErrorAndNoFragment) {
  constexpr std::uint8_t kFragment = 44, kIcmpv6 = 58;
  expect_at_each_hook(
      box_,
      [](ProbeSender& sender) {
        for (std::uint64_t i = 0; i < 10; ++i) {
          sender.send_tagged_icmp_error(7, i, 5);
          sender.send_ipv6(7, i, kIcmpv6, {1});                   // destination unreachable
          sender.send_ipv6(7, i, kFragment, {17, 0, 0, 1});       // the first of several
          sender.send_ipv6(7, i, kIcmpv6, {128});                 // an echo request of its own
          sender.send_ipv6(7, 10 + i, kFragment, {17, 0, 5, 8});  // the last
        }
        EXPECT_TRUE(sender.good());
      },
      20, 30);
}

TEST_F(BpfTap, TcAndXdpHooksSeeEachProbeInTheirOrder) {
  TestSlot slot({"xdp=" + on_dut("d0") + ":in/xdp", "socket=" + on_dut("d0") + ":in",
                 "tc_first=" + on_dut("d0") + ":in/tc", "tc_second=" + on_dut("d0") + ":in/tc",
                 "tc_out=" + on_dut("v0") + ":out/tc", "port=" + on_dut("v0") + ":net_dev_start_xmit"},
                "bpf");
  if (slot.error().find("needs Linux") != std::string::npos) GTEST_SKIP() << slot.error();
  ASSERT_EQ(slot.error(), "");
  ProbeSender sender(box_.tester(), "t0");
  slot.expect(7);
  sender.send_many(7, 0, 500);
  const auto s = slot.collect(500);
  for (const auto& tap : s.taps) EXPECT_EQ(tap.tally->seen, 500u) << tap.name;
  for (const auto& hop : s.hops) {
    EXPECT_EQ(hop.tally->latency.negative, 0u) << hop.from << " > " << hop.to;
    EXPECT_TRUE(hop.cross_share()) << "every stamp's CPU is known";
  }
}

// A frame of an MTU above a page is in several pieces where XDP sees it, and its probe is in the last.
TEST_F(BpfTap, XdpHookSeesFramesOfSeveralPieces) {
  for (const auto& [netns, device] : {std::pair{box_.tester(), "t0"}, std::pair{box_.dut(), "d0"}})
    ASSERT_TRUE(Sandbox::run("ip -n " + netns + " link set " + device + " mtu 9000"));
  TestSlot slot({"xdp=" + on_dut("d0") + ":in/xdp", "socket=" + on_dut("d0") + ":in"}, "bpf");
  ASSERT_EQ(slot.error(), "");
  ProbeSender sender(box_.tester(), "t0");
  slot.expect(7);
  for (std::uint64_t i = 0; i < 60; ++i) sender.send_long(7, i, 60 + i * 150);
  ASSERT_TRUE(sender.good());
  const auto s = slot.collect(60);
  for (const auto& tap : s.taps) EXPECT_EQ(tap.tally->seen, 60u) << tap.name;
  EXPECT_EQ(s.foreign, 0u);
}

class Clsact : public BpfTap {
 protected:
  std::vector<std::string> taps() {
    return {"first=" + on_dut("d0") + ":in/tc", "second=" + on_dut("d0") + ":in/tc",
            "out=" + on_dut("v0") + ":out/tc"};
  }
  /// tc(8) inside the device under test.
  bool tc(const std::string& words) { return Sandbox::run("tc -n " + box_.dut() + " " + words); }
  bool has_clsact() { return tc("qdisc show | grep -q clsact"); }
  bool has_tap() { return tc("filter show dev d0 ingress | grep -q tc_tap"); }
};
#define NEED_CLSACT(slot) \
  if ((slot).error().find("needs Linux") != std::string::npos) GTEST_SKIP() << (slot).error()

TEST_F(Clsact, StandsInForTcxAndNothingStaysBehind) {
  {
    TestSlot slot(taps(), "bpf", kOldKernel);
    NEED_CLSACT(slot);
    ASSERT_EQ(slot.error(), "");
    EXPECT_TRUE(has_tap());
    ProbeSender sender(box_.tester(), "t0");
    slot.expect(7);
    sender.send_many(7, 0, 500);
    sender.send_foreign();
    const auto s = slot.collect(500);
    for (const auto& tap : s.taps) EXPECT_EQ(tap.tally->seen, 500u) << tap.name;
    for (const auto& hop : s.hops) EXPECT_EQ(hop.tally->latency.negative, 0u) << hop.from << " > " << hop.to;
    EXPECT_GT(s.foreign, 0u);
  }
  EXPECT_FALSE(has_clsact());
}

TEST_F(Clsact, WhatOthersPutThereStays) {
  ASSERT_TRUE(tc("qdisc add dev v0 clsact"));
  {
    TestSlot slot(taps(), "bpf", kOldKernel);
    NEED_CLSACT(slot);
    ASSERT_EQ(slot.error(), "");
    ASSERT_TRUE(tc("filter add dev d0 egress protocol all u32 match u32 0 0 flowid 1:1"));
  }
  EXPECT_TRUE(tc("qdisc show dev v0 | grep -q clsact")) << "made by another";
  EXPECT_TRUE(tc("filter show dev d0 egress | grep -q u32")) << "in use by another";
  EXPECT_FALSE(has_tap());
}

TEST_F(Clsact, NothingStaysBehindOfAKilledProgram) {
  int ready[2];
  ASSERT_EQ(pipe(ready), 0);
  const pid_t program = fork();
  if (program == 0) {
    const TestSlot slot(taps(), "bpf", kOldKernel);
    const bool told = write(ready[1], slot.error().empty() ? "y" : "n", 1) == 1;
    while (told) pause();
  }
  char opened = 0;
  EXPECT_EQ(read(ready[0], &opened, 1), 1);
  const bool had_tap = has_tap();
  kill(program, SIGKILL);
  waitpid(program, nullptr, 0);
  for (const int end : ready) close(end);
  if (opened == 'n') GTEST_SKIP() << "no clsact here";
  EXPECT_TRUE(had_tap);
  for (int i = 0; i < 100 && has_clsact(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_FALSE(has_clsact());
}

TEST_F(BpfTap, OneXdpTapADeviceAndNoneStaysBehind) {
  const std::string point = on_dut("d0") + ":in/xdp";
  {
    TestSlot first({"a=" + point}, "bpf");
    ASSERT_EQ(first.error(), "");
    EXPECT_NE(TestSlot({"b=" + point}, "bpf").error().find("in/tc"), std::string::npos);
  }
  EXPECT_EQ(TestSlot({"b=" + point}, "bpf").error(), "");
  EXPECT_NE(TestSlot({"c=" + on_dut("d0") + ":in/tc"}, "af_packet").error().find("bpf"), std::string::npos);
}

TEST_F(BpfTap, TheSocketAtTheEndIsItsOwnSink) {
  TestSlot slot({"socket=udp/9@" + box_.container()}, "bpf");
  ASSERT_EQ(slot.error(), "");
  ProbeSender sender(box_.tester(), "t0");
  slot.expect(7);
  sender.send_many(7, 0, 30);
  sender.send_foreign();
  const auto s = slot.collect(30);
  EXPECT_EQ(s.taps[0].tally->seen, 30u);
  EXPECT_EQ(s.foreign, 1u);
  TestSlot second({"socket=udp/9@" + box_.container()}, "bpf");
  EXPECT_NE(second.error().find("port 9"), std::string::npos) << second.error();
}

/// This thread alone on a CPU above the first, until it goes away; nothing where there is none.
class OnAnotherCpu {
 public:
  OnAnotherCpu() {
    CPU_ZERO(&before_);
    sched_getaffinity(0, sizeof before_, &before_);
    for (unsigned cpu = 1; cpu < CPU_SETSIZE && !moved_; ++cpu) {
      cpu_set_t one;
      CPU_ZERO(&one);
      CPU_SET(cpu, &one);
      moved_ = CPU_ISSET(cpu, &before_) && sched_setaffinity(0, sizeof one, &one) == 0;
    }
  }
  ~OnAnotherCpu() { sched_setaffinity(0, sizeof before_, &before_); }
  [[nodiscard]] bool moved() const { return moved_; }

 private:
  cpu_set_t before_;
  bool moved_ = false;
};

TEST_F(BpfTap, ACpuThatComesUpLaterCountsWhatItDrops) {
  TapOptions options;
  options.most_cpus = 1;
  TestSlot slot({"wire=" + on_dut("d0")}, "bpf", options);
  ASSERT_EQ(slot.error(), "");
  slot.expect(7);
  const OnAnotherCpu here;
  if (!here.moved()) GTEST_SKIP() << "one CPU";
  ProbeSender(box_.tester(), "t0").send_many(7, 0, 30);
  const auto s = slot.collect(30);
  EXPECT_EQ(s.taps[0].tally->seen, 0u);
  EXPECT_EQ(s.taps[0].lost, 30u);
  EXPECT_EQ(s.taps[0].ring_drops, 30u);
}

TEST_F(BpfTap, ARingIsAsLargeAsWasAskedFor) {
  TapOptions options;
  options.lean = true;
  options.most_events = 1024;
  TestSlot slot({"wire=" + on_dut("d0")}, "bpf", options);
  ASSERT_EQ(slot.error(), "");
  slot.expect(7);
  const OnAnotherCpu here;  // and stays on one
  ProbeSender(box_.tester(), "t0").send_many(7, 0, 1500);
  const auto s = slot.collect(1500);
  if (!here.moved()) GTEST_SKIP() << "one CPU";
  EXPECT_EQ(s.taps[0].tally->seen, 1024u);
  EXPECT_EQ(s.taps[0].ring_drops, 476u);
}

TEST_F(BpfTap, MistakesSayWhatThereIs) {
  EXPECT_NE(TestSlot({"a=" + on_dut("d0") + ":net_dev_teleport"}, "bpf").error().find("net_dev_queue"),
            std::string::npos);
  EXPECT_NE(TestSlot({"a=" + on_dut("nope") + ":netif_rx"}, "bpf").error().find("d0"), std::string::npos);
  EXPECT_NE(TestSlot({"a=" + on_dut("nope")}, "bpf").error().find("d0"), std::string::npos);
  EXPECT_NE(TestSlot({"a=" + on_dut("d0") + ":netif_rx"}, "af_packet").error().find("bpf"),
            std::string::npos);
  EXPECT_NE(TestSlot({"a=" + on_dut("d0")}, "telepathy").error().find("af_packet"), std::string::npos);
}

}  // namespace
}  // namespace hopcost::analyzer
