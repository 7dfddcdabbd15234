// Virtual machines: what is not there is told, what has gone is found, and QEMU goes with its mode, however
// that ends.
#include "nsglue/kernel/machine.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "nsglue/kernel/daemons.h"
#include "nsglue/nsglue.h"
#include "nsglue/topology/containers.h"
#include "stage.h"

namespace hopcost::nsglue {
namespace {

constexpr int kKillsUs[] = {60'000, 500'000, 1'200'000};  // while QEMU starts, and while the guest boots

std::string guest_of(const std::string& instance) {
  return "hc-" + instance + "-guest";
}

pid_t emulator_of(const std::string& instance) {
  std::ifstream in(daemon_folder(guest_of(instance)) + "/qemu.pid");
  pid_t pid = 0;
  in >> pid;
  return pid;
}

int emulators_of(const std::string& instance) {
  int found = 0;
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", none)) {
    std::ifstream in(entry.path() / "cmdline");
    const std::string words{std::istreambuf_iterator<char>(in), {}};
    found += std::string_view(words.c_str()).ends_with("qemu-system-x86_64") &&
             words.find(daemon_folder(guest_of(instance)) + "/") != std::string::npos;
  }
  return found;
}

/// Another value of a variable while it lives.
class Variable {
 public:
  Variable(const char* name, const char* value) : name_(name) {
    if (const char* before = getenv(name)) before_ = before;
    setenv(name, value, 1);
  }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;
  ~Variable() { before_ ? setenv(name_, before_->c_str(), 1) : unsetenv(name_); }

 private:
  const char* name_;
  std::optional<std::string> before_;
};

TEST(Machine, WhatIsMissingIsToldWithItsPackage) {
  const Topology t = stage::shipped("vm");
  const Variable guest("HOPCOST_GUEST", "/nowhere"), path("PATH", "/nowhere");
  const auto lacking = machine_lacks(t);
  ASSERT_GE(lacking.size(), 2u);
  EXPECT_EQ(lacking[0], "this machine has no qemu-system-x86_64 (package qemu-system-x86)");
  EXPECT_EQ(lacking[1].find("this machine has no guest's kernel in /nowhere (package linux-image-amd64"), 0u)
      << lacking[1];
  EXPECT_TRUE(machine_lacks(stage::shipped("bridge")).empty());
}

TEST(Machine, RunsByWhatShowSays) {
  const Topology t = stage::shipped("vm");
  NEEDS_MODE(t);
  const std::string name = stage::instance("vmshow");
  const stage::Cleanup cleanup(name);
  const auto stands = up(t, name);
  ASSERT_TRUE(stands) << hopcost::describe(stands.error());
  const auto all = settings(t, name);
  ASSERT_TRUE(all) << hopcost::describe(all.error());
  const auto& nic = (*all)["nodes"]["guest"]["devices"]["eth0"];
  EXPECT_EQ(nic["state"], "up");
  const std::string accelerator = nic["options"]["accelerator"];
  EXPECT_TRUE(accelerator == "kvm" || accelerator == "tcg") << accelerator;
}

TEST(Machine, ThatHasGoneIsDriftAndProvesNothing) {
  const Topology t = stage::shipped("vm");
  NEEDS_MODE(t);
  const std::string name = stage::instance("vmgone");
  const stage::Cleanup cleanup(name);
  ASSERT_TRUE(up(t, name));
  ASSERT_EQ(emulators_of(name), 1);
  kill(emulator_of(name), SIGKILL);
  for (int i = 0; i < 200 && emulators_of(name) > 0; ++i) usleep(10'000);
  auto drifts = check(t, name);
  for (int i = 0; i < 200 && drifts && drifts->empty(); ++i) {  // its carrier goes by a work queue
    usleep(10'000);
    drifts = check(t, name);
  }
  ASSERT_TRUE(drifts);
  ASSERT_EQ(drifts->size(), 1u);
  EXPECT_EQ(text(drifts->front()).find("hc-" + name + "-dut/vm0: state expected up found "), 0u)
      << text(drifts->front());
  const auto proof = prove(t, name);
  ASSERT_TRUE(proof);
  EXPECT_EQ(proof->faults.size(), 2u) << "one of each family";
}

TEST(Machine, KilledAtAnyMomentItLeavesNothingAfterDown) {
  const Topology t = stage::shipped("vm");
  NEEDS_MODE(t);
  const std::string name = stage::instance("vmkill");
  const stage::Cleanup cleanup(name);
  for (const int when : kKillsUs) {
    const pid_t child = fork();
    if (child == 0) _exit(up(t, name) ? 0 : 1);
    usleep(static_cast<useconds_t>(when));
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    const auto gone = down(name);
    ASSERT_TRUE(gone) << hopcost::describe(gone.error());
    usleep(50'000);  // for what was about to start when its parent was killed
    EXPECT_EQ(emulators_of(name), 0);
    EXPECT_FALSE(std::filesystem::exists(daemon_folder(guest_of(name))));
  }
}

TEST(Machine, OfAnOwnerThatDiedIsSwept) {
  const Topology t = stage::shipped("vm");
  NEEDS_MODE(t);
  const std::string name = stage::instance("vmsweep");
  const stage::Cleanup cleanup(name);
  const pid_t child = fork();
  if (child == 0) _exit(up(t, name, Ownership::kThisProcess) ? 0 : 1);
  int status = 0;
  waitpid(child, &status, 0);
  ASSERT_EQ(status, 0);
  EXPECT_EQ(emulators_of(name), 1);
  ASSERT_TRUE(sweep());
  EXPECT_EQ(emulators_of(name), 0);
  EXPECT_TRUE(stage::standing_of(name).empty());
}

}  // namespace
}  // namespace hopcost::nsglue
