// Whether the process that owns an instance lives. Not under emulators, which make up a start time of their
// own.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "nsglue/kernel/owner.h"

namespace hopcost::nsglue {
namespace {

TEST(OwnerState, OfThisProcessIsAlive) {
  const auto self = this_process();
  ASSERT_TRUE(self) << hopcost::describe(self.error());
  EXPECT_EQ(self->pid, getpid());
  EXPECT_EQ(state_of(*self), OwnerState::kAlive);
}

TEST(OwnerState, AnotherBootOrStartIsDeadAndAnotherPidNamespaceUnknown) {
  const Owner self = this_process().value();
  Owner other = self;
  other.boot_id = "0b3c7d5e-8d0e-4b57-9a52-6f1f6f0e5a11";
  EXPECT_EQ(state_of(other), OwnerState::kDead);
  other = self;
  ++other.start_ticks;  // the process id was given again
  EXPECT_EQ(state_of(other), OwnerState::kDead);
  other = self;
  ++other.pid_namespace;
  EXPECT_EQ(state_of(other), OwnerState::kUnknown);
}

TEST(OwnerState, OfAKilledChildIsDeadBeforeAndAfterItIsReaped) {
  int answer[2];
  ASSERT_EQ(pipe(answer), 0);
  const pid_t child = fork();
  if (child == 0) {
    const std::string text = owner_text(this_process().value());
    if (write(answer[1], text.data(), text.size()) < 0) _exit(1);
    pause();
  }
  char text[256];
  const ssize_t got = read(answer[0], text, sizeof text);
  ASSERT_GT(got, 0);
  const auto owner = parse_owner({text, static_cast<std::size_t>(got)});
  ASSERT_TRUE(owner);
  EXPECT_EQ(state_of(*owner), OwnerState::kAlive);
  kill(child, SIGKILL);
  siginfo_t info;
  waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT);  // a zombie from here on
  EXPECT_EQ(state_of(*owner), OwnerState::kDead);
  waitpid(child, nullptr, 0);
  EXPECT_EQ(state_of(*owner), OwnerState::kDead);
  close(answer[0]);
  close(answer[1]);
}

}  // namespace
}  // namespace hopcost::nsglue
