#include "base/clock.h"

#include <gtest/gtest.h>
#include <sched.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <thread>

#include "base/cpu_clocks.h"

namespace hopcost {
namespace {

// The fitted line against the kernel's own clock, between two readings of it: the fit must fall inside, give
// or take its stated uncertainty.
TEST(TscClock, FollowsRealtimeWithinItsStatedUncertainty) {
  auto clock = TscClock::calibrate(CLOCK_REALTIME);
  ASSERT_TRUE(clock) << describe(clock.error());
  const double step = look_at_clocks(sched_getcpu()).step_ns;  // 1 us where qemu plays a 64-bit ARM
  int outside = 0;
  constexpr int kReadings = 2000;
  for (int i = 0; i < kReadings; ++i) {
    if (i % 100 == 0) {
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
      clock->anchor();
    }
    const std::uint64_t before = kernel_clock_ns(CLOCK_REALTIME);
    const std::uint64_t fitted = clock->now_ns();
    const std::uint64_t after = kernel_clock_ns(CLOCK_REALTIME);
    const double slack = 4 * clock->uncertainty_ns() + std::max(20.0, step);
    if (static_cast<double>(fitted) < static_cast<double>(before) - slack ||
        static_cast<double>(fitted) > static_cast<double>(after) + slack) {
      ++outside;
    }
  }
  EXPECT_LT(outside, kReadings / 50);
}

TEST(TscClock, TicksAndSpansAreInverse) {
  auto clock = TscClock::calibrate(CLOCK_MONOTONIC_RAW, std::chrono::milliseconds(10));
  ASSERT_TRUE(clock);
  const double half_a_tick = 0.5 / clock->ticks_per_ns();
  EXPECT_NEAR(clock->span_ns(clock->ticks_in(50'000)), 50'000, std::max(1.0, 1.01 * half_a_tick));
  EXPECT_GT(clock->ticks_per_ns(), 0.0);
}

TEST(TscClock, SpanOfASleepMatchesTheKernel) {
  auto clock = TscClock::calibrate(CLOCK_MONOTONIC_RAW);
  ASSERT_TRUE(clock);
  const std::uint64_t t0 = kernel_clock_ns(CLOCK_MONOTONIC_RAW);
  const Tsc c0 = Tsc::now();
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  const Tsc c1 = Tsc::now();
  const std::uint64_t t1 = kernel_clock_ns(CLOCK_MONOTONIC_RAW);
  const double kernel = static_cast<double>(t1 - t0);
  // A preemption between the paired reads may widen one of them: compare generously, the ratio is what
  // matters.
  EXPECT_NEAR(clock->span_ns(c1.ticks - c0.ticks) / kernel, 1.0, 0.02);
}

TEST(CpuClocks, TheTruthOfOneClockIsWithinTheBounds) {
  const auto allowed = [] {
    cpu_set_t set;
    std::vector<int> cpus;
    if (sched_getaffinity(0, sizeof set, &set) != 0) return cpus;
    for (int i = 0; i < CPU_SETSIZE; ++i)
      if (CPU_ISSET(i, &set)) cpus.push_back(i);
    return cpus;
  }();
  if (allowed.size() < 2) GTEST_SKIP() << "one CPU";
  const auto offset = compare_cpu_clocks(allowed[0], allowed[1]);
  if (!offset) GTEST_SKIP() << "the CPUs are busy";
  // CLOCK_MONOTONIC is one clock: what it is ahead of itself is 0.
  EXPECT_LE(offset->lo, 0);
  EXPECT_GE(offset->hi, 0);
  EXPECT_FALSE(compare_cpu_clocks(allowed[0], CPU_SETSIZE - 1)) << "there is no such CPU";
}

TEST(CpuClocks, TheStepOfACounter) {
  EXPECT_NEAR(step_of({25, 24, 25, 49, 24, 25, 74, 5635, 24, 25, 49}), 24.6, 0.3);  // 100 MHz, scaled up
  EXPECT_DOUBLE_EQ(step_of({26, 52, 26, 78, 26, 26}), 26);
  EXPECT_DOUBLE_EQ(step_of({20, 23, 31, 26, 28, 35, 22, 24, 41}), 1);
  EXPECT_DOUBLE_EQ(step_of({1, 2, 3, 1}), 1);
  EXPECT_DOUBLE_EQ(step_of({}), 1);
}

TEST(CpuClocks, TwoCpusAreAsFarApartAsBothFromTheFirst) {
  EXPECT_DOUBLE_EQ(widest_apart({}), 0);
  EXPECT_DOUBLE_EQ(widest_apart({30}), 30);
  EXPECT_DOUBLE_EQ(widest_apart({30, 10, 20}), 50);
  EXPECT_DOUBLE_EQ((CpuOffset{-40, 10}).bound_ns(), 40);
  EXPECT_DOUBLE_EQ((CpuOffset{-40, 100}).bound_ns(), 100);
}

#if defined(__SIZEOF_INT128__)
TEST(Scaled, HalvesMultiplyAsTheWholeDoes) {
  std::mt19937_64 random(7);
  __extension__ using Wide = __int128;
  for (int i = 0; i < 100'000; ++i) {
    const auto value = static_cast<std::int64_t>(random()) >> random() % 64;
    const auto factor = static_cast<std::int64_t>(random()) >> random() % 64;
    const Wide whole = (static_cast<Wide>(value) * factor) >> kFractionBits;
    if (whole != static_cast<std::int64_t>(whole)) continue;  // does not fit
    ASSERT_EQ(scaled_in_halves(value, factor), static_cast<std::int64_t>(whole)) << value << " " << factor;
  }
}
#endif

}  // namespace
}  // namespace hopcost
