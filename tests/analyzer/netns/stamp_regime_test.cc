// Trap 1 of the measuring notes: a macvlan child inherits its parent's stamp as soon as any socket of the
// host asks for receive time stamps. The 0 ns that comes of it must never be shown.
#include <gtest/gtest.h>
#include <linux/net_tstamp.h>
#include <sys/socket.h>

#include "tests/analyzer/netns/probe_sender.h"
#include "tests/analyzer/netns/sandbox.h"
#include "tests/analyzer/netns/slot.h"

namespace hopcost::analyzer {
namespace {

/// What chrony, ptp4l or a ping do to the whole host.
Fd ask_for_software_stamps() {
  Fd fd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const unsigned flags = SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE;
  if (setsockopt(fd.get(), SOL_SOCKET, SO_TIMESTAMPING, &flags, sizeof flags) != 0) fd.reset();
  std::this_thread::sleep_for(std::chrono::milliseconds(100));  // the kernel switches it on from a work queue
  return fd;
}

class StampRegime : public testing::Test {
 protected:
  Summary run(TestSlot& slot) {
    ProbeSender sender(box_.tester(), "t0");
    slot.expect(7);
    sender.send_many(7, 0, 500);
    return slot.collect(500);
  }
  std::vector<std::string> taps() { return {"wire=d0@" + box_.dut(), "container=eth0@" + box_.container()}; }
  Sandbox box_;
};

TEST_F(StampRegime, MacvlanWithoutTimestampingHasAPositiveHop) {
  box_.build_macvlan();
  NEED_SANDBOX(box_);
  TestSlot slot(taps(), "af_packet");
  ASSERT_EQ(slot.error(), "");
  const auto s = run(slot);
  if (s.regime != "tap")
    GTEST_SKIP() << "another program of this host asks for time stamps; regime " << s.regime;
  EXPECT_EQ(s.hops[0].invalid, "");
  EXPECT_EQ(s.hops[0].tally->latency.count(), 500u);
  EXPECT_EQ(s.hops[0].tally->latency.zero, 0u);
  EXPECT_GT(s.hops[0].tally->latency.histogram.value_at_quantile(0.5), 0u);
}

TEST_F(StampRegime, MacvlanUnderSoftwareStampsShowsNoFigure) {
  box_.build_macvlan();
  NEED_SANDBOX(box_);
  const Fd holder = ask_for_software_stamps();
  ASSERT_TRUE(holder.valid());
  TestSlot slot(taps(), "af_packet");
  ASSERT_EQ(slot.error(), "");
  const auto s = run(slot);
  EXPECT_EQ(s.regime, "software");
  EXPECT_EQ(s.hops[0].tally->stale, 500u);  // the false zero, of every packet
  EXPECT_NE(s.hops[0].invalid.find("stale stamps"), std::string::npos);
  EXPECT_TRUE(s.taps[0].invalid.empty());
  EXPECT_FALSE(s.taps[1].invalid.empty());
}

TEST_F(StampRegime, ASingleTapOnAMacvlanChildIsNotTrustedEither) {
  box_.build_macvlan();
  NEED_SANDBOX(box_);
  const Fd holder = ask_for_software_stamps();
  TestSlot slot({"container=eth0@" + box_.container()}, "af_packet");
  ASSERT_EQ(slot.error(), "");
  const auto s = run(slot);
  EXPECT_EQ(s.regime, "software");
  EXPECT_FALSE(s.taps[0].invalid.empty());
}

// A tap that reads the clock itself can't be misled: what the kernel stamped is not looked at.
TEST_F(StampRegime, ABpfTapHasAFigureUnderSoftwareStamps) {
  box_.build_macvlan();
  NEED_SANDBOX(box_);
  NEED_TAP_KIND("bpf");
  const Fd holder = ask_for_software_stamps();
  ASSERT_TRUE(holder.valid());
  TestSlot slot(taps(), "bpf");
  ASSERT_EQ(slot.error(), "");
  const auto s = run(slot);
  EXPECT_EQ(s.regime, "tap");
  EXPECT_EQ(s.hops[0].invalid, "");
  EXPECT_EQ(s.hops[0].tally->latency.count(), 500u);
  EXPECT_EQ(s.hops[0].tally->latency.zero, 0u);
  EXPECT_GT(s.hops[0].tally->latency.histogram.value_at_quantile(0.5), 0u);
}

TEST_F(StampRegime, ABridgeUnderSoftwareStampsIsStampedAnew) {
  box_.build_bridge();
  NEED_SANDBOX(box_);
  const Fd holder = ask_for_software_stamps();
  TestSlot slot(taps(), "af_packet");
  ASSERT_EQ(slot.error(), "");
  const auto s = run(slot);
  EXPECT_EQ(s.regime, "software");
  EXPECT_EQ(s.hops[0].tally->stale, 0u);
  EXPECT_EQ(s.hops[0].invalid, "");
}

TEST_F(StampRegime, OurOwnTapsAndSinksDoNotSwitchItOn) {
  box_.build_bridge();
  NEED_SANDBOX(box_);
  auto sink = Sink::open({box_.container(), 9});
  ASSERT_TRUE(sink);
  TestSlot other(taps(), "af_packet"), slot(taps(), "af_packet");
  ASSERT_EQ(other.error() + slot.error(), "");
  const auto before = run(slot);
  if (before.regime != "tap") GTEST_SKIP() << "another program of this host asks for time stamps";
  EXPECT_EQ(run(slot).regime, "tap");
}

}  // namespace
}  // namespace hopcost::analyzer
