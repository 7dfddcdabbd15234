// The histogram against a sorted list of the same values.
#include "stats/hdr_histogram.h"

#include <gtest/gtest.h>
#include <malloc.h>
#include <sys/resource.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <thread>
#include <vector>

namespace hopcost {
namespace {

constexpr std::uint64_t kHighest = 100'000'000'000;

std::vector<std::uint64_t> all_magnitudes(std::size_t n, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<std::uint64_t> values(n);
  for (std::uint64_t& v : values) v = std::min(random() >> (27 + random() % 37), kHighest);
  return values;
}

HdrHistogram of(const std::vector<std::uint64_t>& values) {
  HdrHistogram h;
  for (std::uint64_t v : values) EXPECT_TRUE(h.record(v));
  return h;
}

TEST(HdrHistogram, WithoutAPartIsTheRest) {
  HdrHistogram all, part, rest;
  for (const std::uint64_t v : {5u, 700u, 700u, 1'000'000u}) all.record(v);
  for (const std::uint64_t v : {700u, 1'000'000u}) part.record(v);
  for (const std::uint64_t v : {5u, 700u}) rest.record(v);
  EXPECT_EQ(all.less(part), rest);
  EXPECT_EQ(all.less(all), HdrHistogram());
}

TEST(HdrLayout, EveryIndexHoldsExactlyItsValues) {
  for (const auto& [lowest, highest, digits] : {std::tuple{1ull, 100'000'000'000ull, 3},
                                                {1000ull, 1ull << 40, 2},
                                                {1ull, (1ull << 63) - 1, 1},
                                                {7ull, 1'000'000ull, 5},
                                                {1ull, (1ull << 63) - 1, 4}}) {
    const HdrLayout l = HdrLayout::make(lowest, highest, digits).value();
    std::uint64_t next = 0;
    for (std::uint32_t i = 0; i < l.array_length; ++i) {
      ASSERT_EQ(l.lowest_at(i), next) << "digits " << digits << " index " << i;
      ASSERT_EQ(l.index_of(l.lowest_at(i)), i);
      ASSERT_EQ(l.index_of(l.highest_at(i)), i);
      next = l.highest_at(i) + 1;
    }
    EXPECT_GT(next, highest);
    EXPECT_LT(l.index_of(highest), l.array_length);
  }
}

TEST(HdrLayout, DefaultIsAsLargeAsTheReferences) {
  EXPECT_EQ(HdrHistogram().layout().array_length, 28672u);
  EXPECT_EQ(HdrHistogram().layout().bucket_count, 27u);
}

TEST(HdrHistogram, RefusesLayoutsThatCannotBe) {
  EXPECT_FALSE(HdrHistogram::create({.digits = 0}).has_value());
  EXPECT_FALSE(HdrHistogram::create({.digits = 6}).has_value());
  EXPECT_FALSE(HdrHistogram::create({.lowest = 0}).has_value());
  EXPECT_FALSE(HdrHistogram::create({.lowest = 10, .highest = 19}).has_value());
  EXPECT_FALSE(
      HdrHistogram::create({.lowest = 1ull << 61, .highest = (1ull << 63) - 1, .digits = 5}).has_value());
  EXPECT_FALSE(HdrHistogram::create({.highest = 1ull << 63}).has_value());
  EXPECT_EQ(HdrHistogram::create({.digits = 6}).error().code, Exit::kUsage);
}

TEST(HdrHistogram, QuantilesAreWithinTheDigits) {
  auto values = all_magnitudes(20'000, 1);
  const HdrHistogram h = of(values);
  std::sort(values.begin(), values.end());
  for (double q : {0.001, 0.1, 0.25, 0.5, 0.9, 0.99, 0.999, 0.9999, 1.0}) {
    const auto rank = static_cast<std::size_t>(std::ceil(q * 20'000 - 1e-9));
    const std::uint64_t exact = values[rank - 1];
    EXPECT_GE(h.value_at_quantile(q), exact) << q;
    EXPECT_LE(static_cast<double>(h.value_at_quantile(q)), static_cast<double>(exact) * 1.001) << q;
  }
  EXPECT_EQ(h.count(), 20'000u);
  EXPECT_EQ(h.value_at_quantile(0.0), h.min());
  EXPECT_EQ(h.value_at_quantile(1.0), h.max());
}

TEST(HdrHistogram, QuantilesThatAreNotQuiteDecimalFallOnTheirRank) {
  for (const std::uint64_t n : {100u, 1000u}) {  // 0.07 * 100 is a little more than 7
    HdrHistogram h;
    for (std::uint64_t v = 1; v <= n; ++v) h.record(v);
    for (std::uint64_t k = 1; k <= n; ++k)
      EXPECT_EQ(h.value_at_quantile(static_cast<double>(k) / static_cast<double>(n)), k) << n;
  }
}

TEST(HdrHistogram, EmptyIsZero) {
  const HdrHistogram h;
  EXPECT_EQ(h.min() + h.max() + h.value_at_quantile(0.5) + h.count(), 0u);
  EXPECT_EQ(h.mean() + h.stddev() + h.interpolated_quantile(0.5) + h.trimmed_mean(0.05), 0.0);
}

TEST(HdrHistogram, AboveTheHighestIsCountedApart) {
  HdrHistogram h;
  EXPECT_TRUE(h.record(kHighest));
  EXPECT_FALSE(h.record(kHighest + 1));
  EXPECT_FALSE(h.record_n(~0ull, 5));
  EXPECT_EQ(h.count(), 1u);
  EXPECT_EQ(h.overflow(), 6u);
}

TEST(HdrHistogram, MeanAndDeviationOfSmallValuesAreExact) {
  const HdrHistogram h = of({2, 4, 4, 4, 5, 5, 7, 9});
  EXPECT_DOUBLE_EQ(h.mean(), 5.0);
  EXPECT_DOUBLE_EQ(h.stddev(), 2.0);
}

TEST(HdrHistogram, MeanOfWideStepsHasNoBias) {
  HdrHistogram h;
  double sum = 0;
  for (std::uint64_t v = 4096; v < 8192; ++v) h.record(v), sum += static_cast<double>(v);
  EXPECT_DOUBLE_EQ(h.mean(), sum / 4096);
}

TEST(HdrHistogram, TrimmedMeanDropsEitherEnd) {
  const HdrHistogram h = of({1, 10, 10, 10, 10, 10, 10, 10, 10, 2000});
  EXPECT_DOUBLE_EQ(h.trimmed_mean(0.1), 10.0);
  EXPECT_DOUBLE_EQ(h.trimmed_mean(0.05), (0.5 * 1 + 80 + 0.5 * 2000) / 9.0);
  EXPECT_DOUBLE_EQ(h.trimmed_mean(0.0), h.mean());
}

TEST(HdrHistogram, InterpolatedQuantileSeesShiftsBelowTheClocksStep) {
  EXPECT_DOUBLE_EQ(of({350, 350, 350}).interpolated_quantile(0.5), 350.0);
  EXPECT_DOUBLE_EQ(of({340, 350}).interpolated_quantile(0.5), 345.0);
  EXPECT_DOUBLE_EQ(of({340, 350}).interpolated_quantile(1.0), 350.0);
  EXPECT_DOUBLE_EQ(of({340, 350}).interpolated_quantile(0.0), 340.0);
  // Normal values read on a clock that moves in 10 ns steps, shifted by 3 ns.
  std::mt19937_64 random(3);
  std::normal_distribution<double> latency(400.0, 15.0);
  HdrHistogram a, b;
  for (int i = 0; i < 200'000; ++i) {
    a.record(static_cast<std::uint64_t>(latency(random) / 10.0) * 10);
    b.record(static_cast<std::uint64_t>((latency(random) + 3.0) / 10.0) * 10);
  }
  EXPECT_NEAR(b.interpolated_quantile(0.5) - a.interpolated_quantile(0.5), 3.0, 0.5);
}

TEST(HdrHistogram, CorrectedRecordFillsTheGap) {
  HdrHistogram h;
  h.record_corrected(1000, 300);
  EXPECT_EQ(h.count(), 3u);  // 1000, 700, 400; 100 is below the interval
  EXPECT_EQ(h.min(), 400u);
  h.record_corrected(200, 300);
  h.record_corrected(200, 0);
  EXPECT_EQ(h.count(), 5u);
}

TEST(HdrHistogram, MergeIsAsIfRecordedTogether) {
  const auto a = all_magnitudes(5000, 5), b = all_magnitudes(5000, 6);
  auto both = a;
  both.insert(both.end(), b.begin(), b.end());
  HdrHistogram merged = of(a);
  merged.record(kHighest + 1);
  ASSERT_TRUE(merged.merge(of(b)).has_value());
  EXPECT_FALSE(merged == of(both)) << "the overflow differs";
  HdrHistogram expected = of(both);
  expected.record(kHighest + 1);
  EXPECT_TRUE(merged == expected);
  ASSERT_TRUE(expected.merge(merged).has_value());
  EXPECT_EQ(expected.overflow(), 2u);
}

TEST(HdrHistogram, MergeAcrossLayouts) {
  HdrHistogram wide, narrow = HdrHistogram::create({.highest = 10'000, .digits = 2}).value();
  wide.record_n(123, 4);
  wide.record(9'000);
  ASSERT_TRUE(narrow.merge(wide).has_value());
  EXPECT_EQ(narrow.count(), 5u);
  EXPECT_EQ(narrow.min(), 123u);
  wide.record(20'000);
  EXPECT_FALSE(narrow.merge(wide).has_value());
  EXPECT_EQ(narrow.count(), 5u) << "a refused merge leaves no trace";
}

TEST(HdrHistogram, CopiesAreTheirOwnAndResetForgets) {
  HdrHistogram h = of(all_magnitudes(1000, 7));
  const HdrHistogram copy = h;
  h.reset();
  EXPECT_EQ(h.count(), 0u);
  EXPECT_TRUE(h == HdrHistogram());
  h.record(5);
  EXPECT_EQ(h.max(), 5u);
  EXPECT_TRUE(copy == of(all_magnitudes(1000, 7)));
}

long page_faults() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  return used.ru_minflt;
}

TEST(HdrHistogram, WhoTookItsPagesMeetsNoFault) {
  mallopt(M_PERTURB, 0);  // counters come fresh from the kernel
  mallopt(M_MMAP_THRESHOLD, 64 * 1024);
  const auto faults_of_use = [](bool ahead) {
    HdrHistogram h = of({7});
    if (ahead) h.take_pages();
    EXPECT_EQ(h.count_between(7, 7), 1u) << "taking pages changes no count";
    const long before = page_faults();
    for (std::uint64_t v = 1; v < kHighest; v += v / 64 + 1) h.record(v);
    return page_faults() - before;
  };
  std::thread([&] {  // with a heap of its own, to which nobody gave pages back
    EXPECT_LE(faults_of_use(true), 2);
    EXPECT_GE(faults_of_use(false), 20) << "the test proves nothing";
  })
      .join();
}

TEST(HdrHistogram, CountBetweenAndForEach) {
  const HdrHistogram h = of({0, 1, 5, 5, 100'000});
  EXPECT_EQ(h.count_between(0, 0), 1u);
  EXPECT_EQ(h.count_between(1, 5), 3u);
  EXPECT_EQ(h.count_between(100'001, 100'001), 1u) << "same step";
  EXPECT_EQ(h.count_between(6, 50'000), 0u);
  std::uint64_t seen = 0, last = 0;
  h.for_each([&](std::uint64_t lo, std::uint64_t hi, std::uint64_t n) {
    EXPECT_LE(lo, hi);
    EXPECT_TRUE(seen == 0 || lo > last);
    last = hi;
    seen += n;
  });
  EXPECT_EQ(seen, h.count());
}

// Counters are zeroed when they are first used: what lay in their memory before is in no count.
TEST(HdrHistogram, FormerContentsOfItsMemoryAreNotCounted) {
  for (int i = 0; i < 8; ++i) {  // the allocator gives freed memory again
    HdrHistogram dirty;
    for (std::uint64_t v = 1; v < 100'000'000'000; v = v * 9 / 8 + 1) dirty.record_n(v, 12345);
  }
  HdrHistogram h, copy;
  h.record(1500);
  copy = h;
  h.take_pages();
  for (const HdrHistogram* each : {&h, &copy}) {
    std::uint64_t sum = 0;
    for (std::uint32_t i = 0; i < each->layout().array_length; ++i) sum += each->count_at_index(i);
    EXPECT_EQ(sum, 1u);
    EXPECT_EQ(each->max(), each->value_at_quantile(0.5));
  }
  h.record(70);
  EXPECT_EQ(h.less(copy).count(), 1u);
  h.reset();
  h.record(1500);
  EXPECT_EQ(h, copy);
}

}  // namespace
}  // namespace hopcost
