// Departure stamps one at a time, of a NIC that is made up: its clock is the kernel's, an hour ahead.
#include "pktgen/io/dpdk/departure_sampler.h"

#include <gtest/gtest.h>

namespace hopcost::pktgen {
namespace {

constexpr std::uint64_t kHour = 3'600'000'000'000;
constexpr std::uint64_t kMs = 1'000'000;

/// What the test sees and does of the NIC.
struct NicState {
  std::uint64_t stamp = 0;  // CLOCK_REALTIME of the departure that is in the register; 0: empty
  int reads = 0;
};

struct FakeNic {
  NicState* state;
  bool read_departure(std::uint64_t& ns) const noexcept {
    ++state->reads;
    if (state->stamp == 0) return false;
    ns = std::exchange(state->stamp, 0) + kHour;
    return true;
  }
  bool read_clock(std::uint64_t& ns) const noexcept {
    ns = kernel_clock_ns(CLOCK_REALTIME) + kHour;
    return true;
  }
};

struct SamplerBench {
  NicState nic;
  DepartureSampler<FakeNic> sampler{FakeNic{&nic}};
  std::uint64_t now = kernel_clock_ns(CLOCK_REALTIME);
};

TEST(DepartureSampler, OneFrameInAWhileAndItsStampOnOurTimeLine) {
  SamplerBench b;
  b.sampler.begin();
  EXPECT_TRUE(b.sampler.pick(b.now));
  EXPECT_FALSE(b.sampler.pick(b.now + 2 * kMs));  // one is on its way
  b.sampler.turn();
  EXPECT_EQ(b.sampler.stamps().delay().count(), 0u);
  b.nic.stamp = b.now + 40'000;
  b.sampler.turn();
  ASSERT_EQ(b.sampler.stamps().delay().count(), 1u);
  // The clock is read between two readings of ours: the error is what lies between them.
  EXPECT_NEAR(static_cast<double>(b.sampler.stamps().delay().max()), 40'000, 20'000);
  EXPECT_FALSE(b.sampler.pick(b.now + kMs / 2));
  const int reads = b.nic.reads;
  b.sampler.turn();
  EXPECT_EQ(b.nic.reads, reads);  // nothing is on its way
  EXPECT_TRUE(b.sampler.pick(b.now + 3 * kMs));
  b.nic.stamp = b.now + 3 * kMs + 50'000;
  b.sampler.finish();
  EXPECT_EQ(b.sampler.stamps().delay().count(), 2u);
  EXPECT_EQ(b.sampler.stamps().missing(), 0u);
}

TEST(DepartureSampler, ANicThatNeverAnswersIsNotAskedForLong) {
  SamplerBench b;
  b.sampler.begin();
  int picked = 0;
  for (int i = 0; i < 1000; ++i) {
    picked += b.sampler.pick(b.now += 2 * kMs) ? 1 : 0;
    b.sampler.turn();
  }
  EXPECT_EQ(picked, DepartureSampler<FakeNic>::kMostUnanswered);
  EXPECT_EQ(b.sampler.stamps().missing(), static_cast<std::uint64_t>(picked));
  EXPECT_FALSE(b.sampler.stamps().any());
}

TEST(DepartureSampler, ARunDoesNotGetTheStampOfTheOneBefore) {
  SamplerBench b;
  b.sampler.begin();
  ASSERT_TRUE(b.sampler.pick(b.now));
  b.nic.stamp = b.now + 1;
  b.sampler.begin();
  ASSERT_TRUE(b.sampler.pick(b.now + 5 * kMs));
  b.sampler.turn();
  EXPECT_EQ(b.sampler.stamps().delay().count() + b.sampler.stamps().negative(), 0u);
}

}  // namespace
}  // namespace hopcost::pktgen
