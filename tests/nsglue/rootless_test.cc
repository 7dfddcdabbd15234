// The same without root: a user, mount and network namespace with a tmpfs on /run.
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>

#include "nsglue/nsglue.h"
#include "stage.h"

namespace hopcost::nsglue {
namespace {

constexpr int kNotAllowed = 77;
constexpr unsigned kNobody = 65534;

/// In the child: all topologies up, checked and down. 0, kNotAllowed, or 1.
int run_rootless(const std::vector<Topology>& topologies) {
  if (getuid() == 0 &&
      (setresgid(kNobody, kNobody, kNobody) != 0 || setresuid(kNobody, kNobody, kNobody) != 0))
    return kNotAllowed;
  prctl(PR_SET_DUMPABLE, 1);  // else /proc/self belongs to root
  if (auto entered = stage::enter_user_namespace(); !entered) {
    std::fprintf(stderr, "%s\n", hopcost::describe(entered.error()).c_str());
    return kNotAllowed;
  }
  for (const Topology& t : topologies) {
    if (auto done = up(t, t.name); !done) {
      std::fprintf(stderr, "%s: %s\n", t.name.c_str(), hopcost::describe(done.error()).c_str());
      return 1;
    }
  }
  for (const Topology& t : topologies) {
    const auto drifts = check(t, t.name);
    if (!drifts || !drifts->empty()) return 1;
    if (!down(t.name)) return 1;
  }
  const auto left = list();
  return left && left->empty() ? 0 : 1;
}

TEST(Rootless, EveryTopologyStands) {
  const std::vector<Topology> topologies = {stage::shipped("host"), stage::shipped("veth"),
                                            stage::shipped("bridge"), stage::shipped("macvlan")};
  const pid_t child = fork();
  if (child == 0) _exit(run_rootless(topologies));
  int status = 0;
  waitpid(child, &status, 0);
  ASSERT_TRUE(WIFEXITED(status));
  if (WEXITSTATUS(status) == kNotAllowed)
    GTEST_SKIP() << "this kernel gives no user namespace to unprivileged users";
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST(Rootless, WithoutAnyPrivilegeItSaysWhatToDo) {
  const Topology host = stage::shipped("host");
  const pid_t child = fork();
  if (child == 0) {
    if (getuid() == 0 && setresuid(kNobody, kNobody, kNobody) != 0) _exit(kNotAllowed);
    const auto refused = up(host, "unprivileged");
    if (!refused) std::fprintf(stderr, "%s\n", hopcost::describe(refused.error()).c_str());
    _exit(refused ? 1
                  : static_cast<int>(refused.error().code) +
                        (refused.error().hint.find("sudo") == std::string::npos));
  }
  int status = 0;
  waitpid(child, &status, 0);
  if (WEXITSTATUS(status) == kNotAllowed) GTEST_SKIP() << "already root of a user namespace with one user";
  EXPECT_EQ(WEXITSTATUS(status), static_cast<int>(Exit::kPrivilege));
}

}  // namespace
}  // namespace hopcost::nsglue
