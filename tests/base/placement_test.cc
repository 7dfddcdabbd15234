// Who gets which CPU. Changes the affinity of this process and puts it back.
#include "base/placement.h"

#include <gtest/gtest.h>
#include <sched.h>

namespace hopcost {
namespace {

class Placing : public testing::Test {
 protected:
  Placing() { sched_getaffinity(0, sizeof before_, &before_); }
  ~Placing() override { sched_setaffinity(0, sizeof before_, &before_); }
  static cpu_set_t now() {
    cpu_set_t set;
    sched_getaffinity(0, sizeof set, &set);
    return set;
  }
  cpu_set_t before_{};
};

TEST_F(Placing, ACpuThatIsNotThereIsRefused) {
  const auto p = place(CPU_SETSIZE - 1, false);
  ASSERT_FALSE(p);
  EXPECT_EQ(p.error().code, Exit::kUsage);
  const cpu_set_t after = now();
  EXPECT_TRUE(CPU_EQUAL(&before_, &after)) << "nothing was changed";
}

TEST_F(Placing, TheSenderHasItsCpuToItself) {
  const auto p = place(-1, false);
  ASSERT_TRUE(p) << p.error().what;
  EXPECT_FALSE(p->device);
  const cpu_set_t left = now();
  if (CPU_COUNT(&before_) == 1) GTEST_SKIP() << "one CPU: all share it";
  EXPECT_FALSE(CPU_ISSET(p->sender, &left));
  EXPECT_GE(CPU_COUNT(&left), 1);
}

TEST_F(Placing, SteeringTakesASecondCpuOrSaysThatThereIsNone) {
  const auto p = place(-1, true);
  if (CPU_COUNT(&before_) == 1) {
    ASSERT_FALSE(p);
    EXPECT_EQ(p.error().code, Exit::kMissing);
    return;
  }
  ASSERT_TRUE(p) << p.error().what;
  ASSERT_TRUE(p->device);
  EXPECT_NE(*p->device, p->sender);
}

TEST_F(Placing, TheCpuAskedForSends) {
  int first = 0;
  while (!CPU_ISSET(first, &before_)) ++first;
  const auto p = place(first, false);
  ASSERT_TRUE(p) << p.error().what;
  EXPECT_EQ(p->sender, first);
}

// With isolcpus= a process starts on the other CPUs alone.
TEST_F(Placing, ACpuOutsideOfTheProcessesOwnIsTakenToo) {
  if (CPU_COUNT(&before_) == 1) GTEST_SKIP() << "one CPU: there is none outside";
  int first = 0, last = CPU_SETSIZE - 1;
  while (!CPU_ISSET(first, &before_)) ++first;
  while (!CPU_ISSET(last, &before_)) --last;
  cpu_set_t own;
  CPU_ZERO(&own);
  CPU_SET(first, &own);
  ASSERT_EQ(sched_setaffinity(0, sizeof own, &own), 0);
  const auto p = place(last, false);
  ASSERT_TRUE(p) << p.error().what;
  EXPECT_EQ(p->sender, last);
}

/// A machine of four CPUs, of which 1 and 3 are one core.
TEST(OtherCpus, LeaveOutTheSendersSibling) {
  cpu_set_t four;
  CPU_ZERO(&four);
  for (int cpu = 0; cpu < 4; ++cpu) CPU_SET(cpu, &four);
  EXPECT_EQ(others_of(four, 3, {1, 3}), (std::vector{0, 2}));
  EXPECT_EQ(others_of(four, 3, {}), (std::vector{0, 1, 2})) << "no list of siblings";
}

TEST(OtherCpus, AreTheSiblingWhereNothingElseIsLeft) {
  cpu_set_t core;
  CPU_ZERO(&core);
  CPU_SET(1, &core);
  CPU_SET(3, &core);
  EXPECT_EQ(others_of(core, 3, {1, 3}), std::vector{1});
  EXPECT_EQ(others_of(core, 1, {1, 3}), std::vector{3});
}

TEST(OtherCpus, AreNoneWhereTheSenderHasTheOnlyOne) {
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(3, &one);
  EXPECT_TRUE(others_of(one, 3, {3}).empty());
}

}  // namespace
}  // namespace hopcost
