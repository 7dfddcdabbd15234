#include "campaign/doctor/doctor.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <set>

#include "base/fd.h"
#include "campaign/doctor/sandbox.h"
#include "campaign/doctor/try_sockets.h"

namespace hopcost::campaign {
namespace {

using State = Finding::State;

const std::vector<Finding> kFindings = {
    {"Backends", "af_packet", State::kOk, "works", ""},
    {"Backends", "af_xdp", State::kFail, "not built: libxdp\nis missing", "sudo apt-get install libxdp-dev"},
    {"Machine", "SMT", State::kWarn, "on", "echo off | sudo tee /sys/x"}};

TEST(DoctorRender, GroupsByAreaAndShowsTheMend) {
  const std::string text = render(kFindings, false);
  EXPECT_EQ(text,
            "Backends\n"
            "  ok    af_packet  works\n"
            "  FAIL  af_xdp     not built: libxdp is missing\n"
            "                   -> sudo apt-get install libxdp-dev\n"
            "\n"
            "Machine\n"
            "  warn  SMT        on\n"
            "                   -> echo off | sudo tee /sys/x\n"
            "\n"
            "1 ok, 1 to mind, 1 that fail\n");
}

TEST(DoctorRender, ColoursOnlyWhenAsked) {
  EXPECT_EQ(render(kFindings, false).find('\033'), std::string::npos);
  EXPECT_NE(render(kFindings, true).find("\033[31mFAIL\033[0m"), std::string::npos);
}

TEST(DoctorRender, WhatWasFoundCantWriteToTheTerminal) {
  EXPECT_EQ(render({{"A", "b\033[2J", State::kOk, "c\033]0;x\a", "d\r"}}, false).find_first_of("\033\a\r"),
            std::string::npos);
}

TEST(DoctorJson, HasEveryFindingAndTheCounts) {
  const auto json = to_json(kFindings);
  EXPECT_EQ(json["schema"], "hopcost.doctor/1");
  ASSERT_EQ(json["findings"].size(), 3u);
  EXPECT_TRUE(json["findings"][0]["mend"].is_null());
  EXPECT_EQ(json["findings"][1]["state"], "fail");
  EXPECT_EQ(json["warn"], 1);
}

TEST(Sandbox, HandsOnWhatTheWorkReturned) {
  if (!in_sandbox(Sandbox::kRootless, [] { return Result<void>{}; }))
    GTEST_SKIP() << "no user namespaces here";
  const auto r = in_sandbox(Sandbox::kRootless,
                            []() -> Result<void> { return errno_error(ENODEV, "find x", "plug it in"); });
  ASSERT_FALSE(r);
  EXPECT_EQ(r.error().what, "find x");
  EXPECT_EQ(r.error().hint, "plug it in");
  EXPECT_EQ(r.error().err, ENODEV);
  EXPECT_EQ(r.error().code, Exit::kMissing);
}

TEST(Sandbox, AChildThatDiesIsAnError) {
  if (!in_sandbox(Sandbox::kRootless, [] { return Result<void>{}; }))
    GTEST_SKIP() << "no user namespaces here";
  EXPECT_FALSE(in_sandbox(Sandbox::kRootless, []() -> Result<void> { ::_exit(0); }));
}

// As Open vSwitch or a virtual machine would stay, whose building failed.
TEST(Sandbox, ProgramsThatTheWorkLeftRunningAreEnded) {
  if (!in_sandbox(Sandbox::kRootless, [] { return Result<void>{}; }))
    GTEST_SKIP() << "no user namespaces here";
  const auto failed = in_sandbox(Sandbox::kRootless, []() -> Result<void> {
    const pid_t left = ::fork();
    if (left == 0) {
      ::setsid();
      ::execlp("sleep", "sleep", "60", nullptr);
      ::_exit(1);
    }
    return error(Exit::kFailure, std::to_string(left));
  });
  ASSERT_FALSE(failed);
  const auto left = static_cast<pid_t>(std::stol(failed.error().what));
  ASSERT_GT(left, 0);
  EXPECT_EQ(::kill(left, 0), -1) << left;
}

/// A socket of the host, outside the sandbox, that asks for receive stamps: the planted fault.
TEST(Stamps, AnotherSocketsReceiveStampsAreNoticed) {
  if (!in_sandbox(Sandbox::kRootless, [] { return Result<void>{}; }))
    GTEST_SKIP() << "no user namespaces here";
  const Fd other(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const int on = 1;
  ASSERT_EQ(::setsockopt(other.get(), SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on), 0);
  const auto looked = in_sandbox(Sandbox::kRootless, []() -> Result<void> {
    for (int attempt = 0; attempt < 50; ++attempt) {  // the kernel may switch them on a little later
      const auto stamped = software_stamps_on();
      if (!stamped) return std::unexpected<Error>(stamped.error());
      if (*stamped) return {};
      ::usleep(20'000);
    }
    return error(Exit::kFailure, "never noticed");
  });
  EXPECT_TRUE(looked) << describe(looked.error());
}

TEST(Doctor, LooksAtEverythingAndMendsWhatFails) {
  std::set<std::string> areas;
  for (const Finding& f : examine()) {
    areas.insert(f.area);
    EXPECT_FALSE(f.item.empty());
    EXPECT_FALSE(f.found.empty()) << f.item;
    EXPECT_EQ(f.state == State::kFail && f.mend.empty(), false) << f.item;
  }
  EXPECT_EQ(areas, (std::set<std::string>{"Backends", "Clock and stamps", "Machine", "Modes", "Privilege"}));
}

TEST(Doctor, LeavesTheNamespaceItIsCalledFromAlone) {
  const auto inode = [] {
    struct stat s {};
    ::stat("/proc/self/ns/net", &s);
    return s.st_ino;
  };
  const auto before = inode();
  (void)examine();
  EXPECT_EQ(inode(), before);
  EXPECT_NE(::access("/run/netns/hc-doctor-dut", F_OK), 0);
}

}  // namespace
}  // namespace hopcost::campaign
