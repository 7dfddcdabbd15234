// In which order a socket's modes are tried, and when the next one is: with attempts that open nothing.
#include "pktgen/io/af_xdp/xsk_ways.h"

#include <gtest/gtest.h>

namespace hopcost::pktgen {
namespace {

using Ways = std::vector<XskWay>;
constexpr XskWay kZero{XdpMode::kZeroCopy, false}, kCopy{XdpMode::kCopy, false}, kSkb{XdpMode::kSkb, false};
constexpr XskWay kLongZero{XdpMode::kZeroCopy, true}, kLongCopy{XdpMode::kCopy, true},
    kLongSkb{XdpMode::kSkb, true};

XskRequest request(bool receive, std::uint32_t mtu = 1500, XdpMode mode = XdpMode::kBest) {
  XskRequest r;
  r.device = "nic";
  r.receive = receive;
  r.mtu = mtu;
  r.mode = mode;
  return r;
}

TEST(XskWays, TheBestModeComesFirst) {
  EXPECT_EQ(ways_to_try(request(false)), (Ways{kZero, kCopy}));
  EXPECT_EQ(ways_to_try(request(true)), (Ways{kZero, kCopy, kSkb}));
  EXPECT_EQ(ways_to_try(request(true, 1500, XdpMode::kCopy)), (Ways{kCopy}));
}

// A sender may keep to short frames, a receiver may not.
TEST(XskWays, LongFramesComeBeforeShortOnesOfTheSameMode) {
  EXPECT_EQ(ways_to_try(request(false, 9000)), (Ways{kLongZero, kZero, kLongCopy, kCopy}));
  EXPECT_EQ(ways_to_try(request(true, 9000)), (Ways{kLongZero, kLongCopy, kLongSkb}));
  EXPECT_EQ(ways_to_try(request(false, 4078)), (Ways{kZero, kCopy}));
  EXPECT_EQ(ways_to_try(request(false, 4079)).front(), kLongZero);
}

TEST(XskWays, ASenderNeedsAProgramInZeroCopyAlone) {
  EXPECT_TRUE(needs_program(request(false), XdpMode::kZeroCopy));
  EXPECT_FALSE(needs_program(request(false), XdpMode::kCopy));
  for (const XskWay& way : ways_to_try(request(true))) EXPECT_TRUE(needs_program(request(true), way.mode));
}

/// What was tried where each way but the last of `outcomes` fails; a last one of 0 opens.
struct Tried {
  Ways ways;
  Result<XdpMode> opened;
};
Tried tried(const XskRequest& r, const std::vector<int>& outcomes) {
  Tried t;
  t.opened = open_first(r, [&](const XskWay& way) -> Result<XdpMode> {
    const int err = outcomes.at(t.ways.size());
    t.ways.push_back(way);
    if (err != 0) return errno_error(err, "try");
    return way.mode;
  });
  return t;
}

TEST(XskWays, TheNextWayIsTriedUntilOneOpens) {
  const auto t = tried(request(true), {EOPNOTSUPP, EINVAL, 0});
  EXPECT_EQ(t.ways, (Ways{kZero, kCopy, kSkb}));
  EXPECT_EQ(t.opened.value(), XdpMode::kSkb);
  EXPECT_EQ(tried(request(true), {0}).ways, (Ways{kZero}));
  EXPECT_EQ(tried(request(false), {EOPNOTSUPP, EINVAL}).opened.error().err, EINVAL);
}

TEST(XskWays, ABusyQueueIsBusyInEveryMode) {
  const auto t = tried(request(false), {EBUSY});
  EXPECT_EQ(t.ways, (Ways{kZero}));
  EXPECT_EQ(t.opened.error().err, EBUSY);
}

// Zero-copy needs the privilege to load a program; what comes after it does not, for a sender.
TEST(XskWays, WithoutThePrivilegeASenderHasCopyModeLeft) {
  const auto sender = tried(request(false), {EPERM, 0});
  EXPECT_EQ(sender.ways, (Ways{kZero, kCopy}));
  EXPECT_EQ(sender.opened.value(), XdpMode::kCopy);
  EXPECT_EQ(tried(request(false), {EPERM, EPERM}).opened.error().code, Exit::kPrivilege);
  const auto receiver = tried(request(true), {EPERM});
  EXPECT_EQ(receiver.ways, (Ways{kZero}));
  EXPECT_EQ(receiver.opened.error().code, Exit::kPrivilege);
}

/// Opens like a sender's socket whose program is attached with this outcome; and what people are told.
Tried attached(const XskRequest& r, int err, std::string& said) {
  Tried t;
  testing::internal::CaptureStderr();
  t.opened = open_first(r, [&](const XskWay& way) -> Result<XdpMode> {
    t.ways.push_back(way);
    if (!needs_program(r, way.mode)) return way.mode;
    auto program = program_for(r, err == 0 ? Result<int>(1) : errno_error(err, "attach the program"));
    if (!program) return forward(program);
    return way.mode;
  });
  said = testing::internal::GetCapturedStderr();
  return t;
}

TEST(XskWays, ASenderWithoutAProgramGoesOnInCopyModeAndSaysSo) {
  std::string said;
  const auto t = attached(request(false), EOPNOTSUPP, said);
  EXPECT_EQ(t.ways, (Ways{kZero, kCopy}));
  EXPECT_EQ(t.opened.value(), XdpMode::kCopy);
  EXPECT_NE(said.find("nic: zero-copy wants an XDP program on the device: attach the program"),
            std::string::npos)
      << said;
}

TEST(XskWays, AProgramThatIsThereServesASender) {
  std::string said;
  EXPECT_EQ(attached(request(false), EBUSY, said).opened.value(), XdpMode::kZeroCopy);
  EXPECT_EQ(said, "");
  EXPECT_EQ(attached(request(false), 0, said).opened.value(), XdpMode::kZeroCopy);
  EXPECT_EQ(said, "");
}

// It could not receive through the other's program.
TEST(XskWays, AReceiverNeedsItsOwnProgram) {
  std::string said;
  EXPECT_EQ(attached(request(true), EBUSY, said).opened.error().err, EBUSY);
  EXPECT_EQ(said, "");  // the error says it
}

}  // namespace
}  // namespace hopcost::pktgen
