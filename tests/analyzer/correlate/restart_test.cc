// A sender that is started again under the same analyzer: the same flow, its numbers from 0 on.
#include <gtest/gtest.h>

#include "analyzer/correlate/correlator.h"
#include "tests/analyzer/start.h"

namespace hopcost::analyzer {
namespace {

constexpr std::uint16_t kFlowAgain = 1;
constexpr std::uint64_t kSecond = 1'000'000'000;

/// Run `run` begins so many seconds after the first, a probe each microsecond; tap t sees it 100 * (t + 1) ns
/// later.
void pass_in_run(Correlator& c, unsigned tap, std::uint64_t run, std::uint64_t sequence) {
  const std::uint64_t tx = kStart + run * kSecond + 1000 * sequence;
  c.probe(tap, {kFlowAgain, sequence, tx}, tx + 100 * (tap + 1), StampKind::kTap);
}

Correlator listening(std::size_t taps) {
  Correlator c(taps, {.window = 4096, .max_flows = 2});
  c.listen();
  return c;
}

void expect_all(const Correlator& c, std::uint64_t probes) {
  for (std::size_t t = 0; t < c.tap_count(); ++t) {
    EXPECT_EQ(c.tap(t).seen, probes) << t;
    EXPECT_EQ(c.tap(t).duplicates + c.tap(t).ambiguous + c.tap(t).reordered, 0u) << t;
    EXPECT_EQ(c.tap(t).since_tx.sum_ns, static_cast<std::int64_t>(probes * 100 * (t + 1))) << t;
  }
  for (std::size_t h = 0; h + 1 < c.tap_count(); ++h) {
    EXPECT_EQ(c.hop(h).latency.count(), probes) << h;
    EXPECT_EQ(c.hop(h).latency.sum_ns, static_cast<std::int64_t>(probes * 100)) << h;
    EXPECT_EQ(c.hop(h).lost + c.hop(h).appeared, 0u) << h;
  }
}

TEST(Restart, IsCountedAndMeasuredOn) {
  auto c = listening(2);
  for (std::uint64_t run = 0; run < 3; ++run)
    for (std::uint64_t s = 0; s < 2000; ++s)
      for (unsigned tap = 0; tap < 2; ++tap) pass_in_run(c, tap, run, s);
  c.close();
  expect_all(c, 6000);
  EXPECT_EQ(c.restarts(), 2u);
  const auto flows = c.flows();
  ASSERT_EQ(flows.size(), 1u);
  EXPECT_EQ(flows[0].first, 0u);
  EXPECT_EQ(flows[0].last, 1999u);
  EXPECT_EQ(flows[0].length, 6000u);
}

TEST(Restart, RunsThatLieInOneRingAreToldApart) {
  auto c = listening(3);
  for (std::uint64_t s = 0; s < 10; ++s)
    for (unsigned tap = 0; tap < 3; ++tap) pass_in_run(c, tap, 0, s);
  for (unsigned tap = 0; tap < 3; ++tap) {  // the rest of the run and the whole next one, tap by tap
    for (std::uint64_t s = 10; s < 100; ++s) pass_in_run(c, tap, 0, s);
    for (std::uint64_t s = 0; s < 100; ++s) pass_in_run(c, tap, 1, s);
  }
  c.close();
  expect_all(c, 200);
  EXPECT_EQ(c.restarts(), 1u);
}

TEST(Restart, ASingleNumberAgainIsNoCopyWhenItWasSentLater) {
  auto c = listening(1);
  pass_in_run(c, 0, 0, 0);
  pass_in_run(c, 0, 0, 1);
  pass_in_run(c, 0, 1, 1);
  pass_in_run(c, 0, 2, 1);
  EXPECT_EQ(c.tap(0).seen, 4u);
  EXPECT_EQ(c.restarts(), 2u);
  EXPECT_EQ(c.flows()[0].length, 4u);
}

TEST(Restart, CopiesAndLatePacketsAreNone) {
  auto c = listening(1);
  for (std::uint64_t s = 0; s < 100'000; ++s)
    if (s != 40'000) pass_in_run(c, 0, 0, s);
  pass_in_run(c, 0, 0, 40'000);  // late
  pass_in_run(c, 0, 0, 99'998);  // copies
  pass_in_run(c, 0, 0, 99'999);
  pass_in_run(c, 0, 0, 5);  // may be either
  EXPECT_EQ(c.restarts(), 0u);
  EXPECT_EQ(c.tap(0).reordered, 1u);
  EXPECT_EQ(c.tap(0).duplicates, 2u);
  EXPECT_EQ(c.tap(0).ambiguous, 1u);
}

TEST(Restart, WhatIsLeftOfTheRunBeforeIsStillOfThatRun) {
  auto c = listening(1);
  for (std::uint64_t s = 0; s < 100; ++s)
    if (s != 50 && s != 99) pass_in_run(c, 0, 0, s);
  for (std::uint64_t s = 1; s < 10; ++s) pass_in_run(c, 0, 1, s);
  pass_in_run(c, 0, 1, 0);   // late in its own run
  pass_in_run(c, 0, 0, 99);  // of the first, and after its end: too late to be told from a copy
  pass_in_run(c, 0, 1, 3);   // a copy
  EXPECT_EQ(c.restarts(), 1u);
  EXPECT_EQ(c.tap(0).seen, 98u + 10u);
  EXPECT_EQ(c.tap(0).reordered, 1u);
  EXPECT_EQ(c.tap(0).duplicates, 1u);
  EXPECT_EQ(c.tap(0).ambiguous, 1u);
  EXPECT_EQ(c.flows()[0].length, 110u);
}

TEST(Restart, OfAFlowSeenBeforeCountingBegan) {
  auto c = listening(1);
  for (std::uint64_t s = 0; s < 1000; ++s) pass_in_run(c, 0, 0, s);
  c.begin();
  pass_in_run(c, 0, 0, 500);  // passed before
  for (std::uint64_t s = 0; s < 300; ++s) pass_in_run(c, 0, 1, s);
  c.close();
  expect_all(c, 300);
  EXPECT_EQ(c.restarts(), 1u);
  EXPECT_EQ(c.flows()[0].length, 300u);
}

TEST(Restart, AfterTheLastCallCountsNoMore) {
  auto c = listening(1);
  for (std::uint64_t s = 0; s < 100; ++s) pass_in_run(c, 0, 0, s);
  c.last_call();
  for (std::uint64_t s = 0; s < 100; ++s) pass_in_run(c, 0, 1, s);
  c.close();
  expect_all(c, 100);
  EXPECT_EQ(c.restarts(), 0u);
}

}  // namespace
}  // namespace hopcost::analyzer
