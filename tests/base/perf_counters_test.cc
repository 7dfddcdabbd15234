#include "base/perf_counters.h"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <nlohmann/json.hpp>

namespace hopcost {
namespace {

constexpr std::size_t kFaults = 3;  // of the kinds

TEST(PerfCounts, WhatIsNotKnownOnBothSidesIsNotKnown) {
  PerfCounts a = PerfCounts::zero(), b = PerfCounts::zero();
  b.count = {10, 20, 30, 40};
  b.known[1] = false;
  const PerfCounts delta = b.since(a);
  EXPECT_EQ(to_json(delta),
            (nlohmann::json{
                {"cycles", 10}, {"instructions", nullptr}, {"context_switches", 30}, {"page_faults", 40}}));
  PerfCounts sum = PerfCounts::zero();
  sum += delta;
  sum += delta;
  EXPECT_EQ(sum.count[0], 20u);
  EXPECT_FALSE(sum.known[1]);
}

TEST(PerfCounters, OneReadingHasEachKindInItsPlace) {
  const PerfCounters counters = PerfCounters::open();
  const PerfCounts before = counters.read();
  if (!before.known[kFaults]) GTEST_SKIP() << counters.missing();
  constexpr std::size_t kPages = 50, kPage = 4096;
  void* memory = mmap(nullptr, kPages * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(memory, MAP_FAILED);
  (void)madvise(memory, kPages * kPage, MADV_NOHUGEPAGE);
  for (std::size_t i = 0; i < kPages; ++i) static_cast<volatile char*>(memory)[i * kPage] = 1;
  const PerfCounts delta = counters.read().since(before);
  munmap(memory, kPages * kPage);
  EXPECT_GE(delta.count[kFaults], kPages);
  EXPECT_LT(delta.count[kFaults], 4 * kPages);  // a sanitizer has shadow pages of its own
}

}  // namespace
}  // namespace hopcost
