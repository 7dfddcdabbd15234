// /proc/sys mounted read-only, as most containers have it.
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <functional>

#include "nsglue/kernel/files.h"
#include "nsglue/nsglue.h"
#include "stage.h"

namespace hopcost::nsglue {
namespace {

constexpr int kCantMount = 77;

/// Runs `inside` in a child with mount and network namespaces of its own, after `before` with /proc/sys
/// read-only. Gives what it returned.
int with_read_only_sysctls(const std::function<void()>& before, const std::function<int()>& inside) {
  const pid_t child = fork();
  if (child == 0) {
    if (unshare(CLONE_NEWNS | CLONE_NEWNET) != 0) _exit(kCantMount);
    before();
    const bool mounted = mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
                         mount("/proc/sys", "/proc/sys", nullptr, MS_BIND, nullptr) == 0 &&
                         mount("none", "/proc/sys", nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY, nullptr) == 0;
    _exit(mounted ? inside() : kCantMount);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(ReadOnlySysctls, WhatIsRightAlreadyIsNotWritten) {
  NEEDS_NAMESPACES();
  const int right = with_read_only_sysctls([] { ASSERT_TRUE(write_sysctl("net.ipv4.ip_forward", "1")); },
                                           [] { return write_sysctl("net.ipv4.ip_forward", "1") ? 0 : 1; });
  if (right == kCantMount) GTEST_SKIP() << "no read-only bind mount can be made here";
  EXPECT_EQ(right, 0);
}

TEST(ReadOnlySysctls, WhatDiffersIsRefusedWithTheWayOut) {
  NEEDS_NAMESPACES();
  const auto refuse = [] {
    const auto refused = write_sysctl("net.ipv4.ip_forward", "1");
    if (refused) return 1;
    std::fprintf(stderr, "%s\n", hopcost::describe(refused.error()).c_str());
    const bool told = refused.error().err == EROFS &&
                      refused.error().hint.find("remount,rw /proc/sys") != std::string::npos;
    return told ? static_cast<int>(refused.error().code) : 1;
  };
  const int code =
      with_read_only_sysctls([] { ASSERT_TRUE(write_sysctl("net.ipv4.ip_forward", "0")); }, refuse);
  if (code == kCantMount) GTEST_SKIP() << "no read-only bind mount can be made here";
  EXPECT_EQ(code, static_cast<int>(Exit::kPrivilege));
}

/// A mode whose nodes need another value than a new namespace has fails as a whole, and leaves nothing.
TEST(ReadOnlySysctls, UpSaysWhatCantBeSet) {
  NEEDS_NAMESPACES();
  const Topology host = stage::shipped("host");
  const std::string name = stage::instance("read-only");
  const stage::Cleanup cleanup(name);
  const int code =
      with_read_only_sysctls([] {},
                             [&] {
                               const auto built = up(host, name);
                               if (built) return 0;
                               std::fprintf(stderr, "%s\n", hopcost::describe(built.error()).c_str());
                               return static_cast<int>(built.error().code);
                             });
  if (code == kCantMount) GTEST_SKIP() << "no read-only bind mount can be made here";
  EXPECT_EQ(code, static_cast<int>(Exit::kPrivilege));
  EXPECT_TRUE(stage::standing_of(name).empty());
}

}  // namespace
}  // namespace hopcost::nsglue
