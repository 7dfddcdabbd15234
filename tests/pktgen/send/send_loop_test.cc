#include "pktgen/send/send_loop.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/pktgen/fakes.h"
#include "tests/pktgen/one_lane.h"
#include "wire/find_probe.h"

namespace hopcost::pktgen {
namespace {

/// Everything a loop needs, and the loops with fewer words.
struct LoopBench {
  TemplateSource source{*FrameTemplate::make({.size = 64,
                                              .src_mac = {},
                                              .dst_mac = {},
                                              .src_ip = *parse_ip("198.18.0.1"),
                                              .dst_ip = *parse_ip("198.18.0.2"),
                                              .flow = 5},
                                             1500)};
  FakePort port;
  FakeClock clock;
  Progress progress;
  LaneCount lane;
  LatenessBoard* board = nullptr;
  SendCount count;
  SendJob job{.count = kForever, .ticks = kForever, .near = 100, .stall = 10'000, .progress = progress};
  Audit audit{1.0, 1000};

  LoopBench() { (void)port.prepare(source.first_frame()); }
  SendEnd paced(Gap gap = Gap::kConstant, double mean = 1000) {
    return pace_one(port, source, job, clock, DeparturePlan(gap, mean, 1), audit, count, lane, board);
  }
  Probe probe(std::size_t i) const { return find_probe(port.sent.at(i)).value().probe; }
};

TEST(SendPaced, NumbersAndStampsInOrder) {
  LoopBench b;
  b.job.count = 100;
  b.lane.first_sequence = 7;
  EXPECT_EQ(b.paced(), SendEnd::kDone);
  ASSERT_EQ(b.port.sent.size(), 100u);
  for (std::size_t i = 0; i < 100; ++i) {
    EXPECT_EQ(b.probe(i).sequence, 7 + i);
    EXPECT_EQ(b.probe(i).flow, 5);
    EXPECT_EQ(b.probe(i).tx_ns, b.count.start + 1000 * i);  // a clock of single steps meets each plan
  }
  EXPECT_EQ(b.audit.lateness().late().max(), 0u);
  EXPECT_EQ(b.audit.lateness().share_within(64), 1.0);
  EXPECT_EQ(b.progress.sent.load(), 100u);
}

TEST(SendPaced, AHiccupIsCaughtUpAtOnceAndThePlanStays) {
  LoopBench b;
  b.job.count = 20;
  b.clock.jump_at = b.clock.ticks + 5'200;
  b.clock.jump = 3'500;  // over the departures at 6, 7 and 8 thousand after the start
  EXPECT_EQ(b.paced(), SendEnd::kDone);
  const std::uint64_t last = b.probe(19).tx_ns - b.count.start;
  EXPECT_EQ(last, 19'000u);
  EXPECT_GE(b.audit.missed_slots(), 2u);
  EXPECT_GE(b.audit.micro_bursts(), 2u);
  EXPECT_GE(b.audit.lateness().late().max(), 2'000u);
  EXPECT_EQ(b.audit.departures(), 20u);
}

/// Sets another gap when the clock gets there: what another thread does to a worker.
struct DialingClock : FakeClock {
  Progress* progress = nullptr;
  std::uint64_t dial_at = 0;
  double gap = 0;
  std::uint64_t now() noexcept {
    const std::uint64_t t = FakeClock::now();
    if (t >= dial_at) progress->gap.store(gap);
    return t;
  }
};

/// Departures of a run whose gap of `from` becomes `to` in mid-gap, 4500 ticks after its start or some more.
std::vector<std::uint64_t> dialled(LoopBench& b, double from, double to, std::uint64_t hiccup = 0) {
  DialingClock clock;
  clock.progress = &b.progress;
  clock.dial_at = clock.ticks + 4'500;
  clock.gap = to;
  clock.jump_at = hiccup != 0 ? clock.ticks + 2'600 : clock.jump_at;
  clock.jump = hiccup;
  b.job.count = 20;
  EXPECT_EQ(
      pace_one(b.port, b.source, b.job, clock, DeparturePlan(Gap::kConstant, from, 1), b.audit, b.count),
      SendEnd::kDone);
  std::vector<std::uint64_t> at;
  for (std::size_t i = 0; i < b.port.sent.size(); ++i) at.push_back(b.probe(i).tx_ns - b.count.start);
  return at;
}

TEST(SendPaced, AnotherRateCountsFromTheNextDeparture) {
  for (const double to : {100.0, 3000.0}) {
    LoopBench b;
    const auto at = dialled(b, 1000, to);
    ASSERT_EQ(at.size(), 20u);
    for (std::size_t i = 1; i < at.size(); ++i)
      EXPECT_EQ(at[i] - at[i - 1], i <= 5 ? 1000 : static_cast<std::uint64_t>(to)) << i;
    EXPECT_EQ(b.audit.gap_changes(), 1u);
    EXPECT_EQ(b.audit.lateness().late().max(), 0u);
    EXPECT_EQ(b.audit.gap_error().max(), 0u);
    EXPECT_EQ(b.audit.missed_slots(), 0u);
  }
}

TEST(SendPaced, AnotherRateDoesNotMakeUpForWhatWasMissed) {
  LoopBench b;
  // A hiccup over seven departures, and with it the other rate: the third departure is late, the rest never
  // is.
  const auto at = dialled(b, 1000, 500, 7'400);
  ASSERT_EQ(at.size(), 20u);
  for (std::size_t i = 4; i < at.size(); ++i) EXPECT_EQ(at[i] - at[i - 1], 500u) << i;
  EXPECT_GE(b.audit.missed_slots(), 7u);
  EXPECT_EQ(b.audit.micro_bursts(), 0u);
}

/// Departures after the rate was changed, of a worker whose run begins at `phase`.
std::vector<std::uint64_t> after_a_dial(std::uint64_t phase, std::uint64_t new_phase) {
  LoopBench b;
  DialingClock clock;
  clock.progress = &b.progress;
  clock.dial_at = clock.ticks + 20'000;
  clock.gap = 3'000;
  b.progress.phase = clock.ticks + new_phase;
  b.job.begin = clock.ticks + 5'000;
  b.job.count = 20;
  DeparturePlan plan(Gap::kConstant, 7'000, 1);
  plan.set_phase(phase);
  EXPECT_EQ(pace_one(b.port, b.source, b.job, clock, plan, b.audit, b.count), SendEnd::kDone);
  EXPECT_EQ(b.audit.gap_error().max(), 0u);
  EXPECT_EQ(b.audit.micro_bursts(), 0u);
  std::vector<std::uint64_t> at;
  for (std::size_t i = 10; i < b.port.sent.size(); ++i) at.push_back(b.probe(i).tx_ns);
  return at;
}

TEST(SendPaced, WorkersAreSpreadEvenlyAfterAnotherRate) {
  // Three workers, 7000 / 3 apart, then 1000 apart.
  const auto first = after_a_dial(0, 20'000);
  ASSERT_EQ(first.size(), 10u);
  for (const std::uint64_t worker : {1, 2}) {
    const auto other = after_a_dial(worker * 7'000 / 3, 20'000 + worker * 1'000);
    ASSERT_EQ(other.size(), 10u);
    for (std::size_t i = 0; i < first.size(); ++i)
      EXPECT_EQ((other[i] + 30'000 - first[i]) % 3'000, worker * 1'000) << worker << " " << i;
  }
}

TEST(DeparturePlan, TrainsFallOnAPhase) {
  DeparturePlan plan(Gap::kConstant, 100, 1);
  plan.set_train(4, 10);
  for (int i = 0; i < 6; ++i) plan.advance();  // 420, the third of its train
  plan.rebase(plan.offset(), 50);
  plan.align(-70);
  std::vector<std::uint64_t> offsets;
  for (int i = 0; i < 5; ++i, plan.advance()) offsets.push_back(plan.offset());
  EXPECT_EQ(offsets, (std::vector<std::uint64_t>{530, 540, 550, 560, 730}));
}

TEST(SendPaced, APhaseShiftsThePlanAndTheBeginIsGiven) {
  LoopBench b;
  b.job.count = 3;
  b.job.begin = b.clock.ticks + 5'000;
  DeparturePlan plan(Gap::kConstant, 1000, 1);
  plan.set_phase(250);
  EXPECT_EQ(pace_one(b.port, b.source, b.job, b.clock, plan, b.audit, b.count), SendEnd::kDone);
  EXPECT_EQ(b.probe(0).tx_ns, b.job.begin + 250);
  EXPECT_EQ(b.probe(2).tx_ns, b.job.begin + 2'250);
  EXPECT_EQ(b.count.first, b.job.begin + 250);
}

TEST(SendPaced, WhoWatchesSeesHowLateDeparturesAre) {
  LoopBench b;
  LiveBuckets late;
  b.job.count = 10;
  b.job.lateness = &late;
  b.clock.jump_at = b.clock.ticks + 1'050;
  b.clock.jump = 1'700;  // one departure by some 700, one by more
  EXPECT_EQ(b.paced(), SendEnd::kDone);
  EXPECT_EQ(late.count(0), 8u);
  std::uint64_t all = 0;
  for (std::size_t i = 0; i <= LiveBuckets::kBounds; ++i) all += late.count(i);
  EXPECT_EQ(all, 10u);
}

TEST(SendPaced, DurationEndsThePlan) {
  LoopBench b;
  b.job.ticks = 10'000;
  EXPECT_EQ(b.paced(), SendEnd::kDone);
  EXPECT_EQ(b.port.sent.size(), 10u);
  EXPECT_EQ(b.audit.missed_slots(), 0u);
}

TEST(SendPaced, TooHighARateEndsInTimeAndCountsWhatNeverLeft) {
  LoopBench b;
  b.clock.step = 500;  // each reading costs far more than the gap
  b.job.ticks = 100'000;
  EXPECT_EQ(b.paced(Gap::kConstant, 100), SendEnd::kDone);
  EXPECT_LT(b.clock.ticks - b.count.start, 105'000u);
  EXPECT_LT(b.audit.departures(), 300u);
  EXPECT_EQ(b.audit.departures() + b.audit.missed_slots() >= 1000, true);
}

TEST(SendPaced, BurstLeavesTogetherUnderOneStamp) {
  LoopBench b;
  b.job.count = 20;
  b.job.burst = 8;
  EXPECT_EQ(b.paced(Gap::kConstant, 8000), SendEnd::kDone);
  EXPECT_EQ(b.port.batches, (std::vector<std::size_t>{8, 8, 4}));
  EXPECT_EQ(b.probe(0).tx_ns, b.probe(7).tx_ns);
  EXPECT_EQ(b.probe(8).tx_ns, b.probe(0).tx_ns + 8000);
  EXPECT_EQ(b.audit.departures(), 3u);
}

TEST(SendPaced, BurstAboveABatchGoesOutInSeveral) {
  LoopBench b;
  b.job.count = 200;
  b.job.burst = 200;
  EXPECT_EQ(b.paced(Gap::kConstant, 1e6), SendEnd::kDone);
  EXPECT_EQ(b.port.batches, (std::vector<std::size_t>{64, 64, 64, 8}));
  EXPECT_EQ(b.audit.departures(), 1u);
}

TEST(SendPaced, PortThatLendsFewLosesNone) {
  LoopBench b;
  b.job.count = 50;
  b.job.burst = 7;
  b.port.per_lend = 3;
  b.port.starve = 4;
  EXPECT_EQ(b.paced(Gap::kPoisson, 500), SendEnd::kDone);
  ASSERT_EQ(b.port.sent.size(), 50u);
  for (std::size_t i = 0; i < 50; ++i) EXPECT_EQ(b.probe(i).sequence, i);
}

TEST(SendPaced, PortThatLendsNothingIsAStall) {
  LoopBench b;
  b.port.starve = 1;
  EXPECT_EQ(b.paced(), SendEnd::kStalled);
  EXPECT_TRUE(b.port.sent.empty());
}

TEST(SendPaced, FailedPortEndsTheRun) {
  LoopBench b;
  b.port.fail_after = 10;
  EXPECT_EQ(b.paced(), SendEnd::kPortFailed);
  EXPECT_EQ(b.port.sent.size(), 10u);
}

TEST(SendPaced, StopEndsTheRun) {
  LoopBench b;
  b.progress.stop = true;
  EXPECT_EQ(b.paced(), SendEnd::kStopped);
}

TEST(SendPaced, BoardTellsHowLateEachPacketLeft) {
  LoopBench b;
  b.job.count = 3;
  LatenessBoard board;
  b.board = &board;
  b.clock.jump_at = b.clock.ticks + 1'050;
  b.clock.jump = 700;
  EXPECT_EQ(b.paced(), SendEnd::kDone);
  EXPECT_EQ(board.late_ns(0), 0u);
  const std::uint64_t late = b.probe(1).tx_ns - (b.count.start + 1000);
  EXPECT_GT(late, 0u);
  EXPECT_EQ(board.late_ns(1), late);
  EXPECT_FALSE(board.late_ns(3));
  EXPECT_FALSE(board.late_ns(LatenessBoard::kEntries));
}

TEST(SendFlatOut, StampsABatchWithOneReading) {
  LoopBench b;
  b.job.count = 130;
  EXPECT_EQ(flat_out_one(b.port, b.source, b.job, b.clock, b.count), SendEnd::kDone);
  EXPECT_EQ(b.port.batches, (std::vector<std::size_t>{64, 64, 2}));
  EXPECT_EQ(b.probe(0).tx_ns, b.probe(63).tx_ns);
  EXPECT_LT(b.probe(63).tx_ns, b.probe(64).tx_ns);
}

TEST(SendFlatOut, UnstampedFramesLeaveAsTheyWereBuilt) {
  LoopBench b;
  b.job.count = 70;
  b.source.set_stamp(false);
  EXPECT_EQ(flat_out_one(b.port, b.source, b.job, b.clock, b.count), SendEnd::kDone);
  ASSERT_EQ(b.port.sent.size(), 70u);
  const auto built = b.source.first_frame().bytes();
  for (const auto& f : b.port.sent) EXPECT_TRUE(std::equal(f.begin(), f.end(), built.begin(), built.end()));
}

TEST(SendFlatOut, DurationStopStallAndFailureEndIt) {
  LoopBench timed;
  timed.job.ticks = 1000;
  EXPECT_EQ(flat_out_one(timed.port, timed.source, timed.job, timed.clock, timed.count), SendEnd::kDone);
  LoopBench stopped;
  stopped.progress.stop = true;
  EXPECT_EQ(flat_out_one(stopped.port, stopped.source, stopped.job, stopped.clock, stopped.count),
            SendEnd::kStopped);
  LoopBench stalled;
  stalled.port.starve = 1;
  EXPECT_EQ(flat_out_one(stalled.port, stalled.source, stalled.job, stalled.clock, stalled.count),
            SendEnd::kStalled);
  LoopBench failed;
  failed.port.fail_after = 64;
  EXPECT_EQ(flat_out_one(failed.port, failed.source, failed.job, failed.clock, failed.count),
            SendEnd::kPortFailed);
}

}  // namespace
}  // namespace hopcost::pktgen
