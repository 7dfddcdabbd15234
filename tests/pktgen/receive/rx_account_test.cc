#include "pktgen/receive/rx_account.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <thread>

#include "pktgen/receive/rx_accounts.h"
#include "tests/wire/frames.h"

namespace hopcost::pktgen {
namespace {

constexpr std::uint64_t kNow = 1'800'000'000'000'000'000;

struct AccountBench {
  FrameTemplate frame = *FrameTemplate::make(spec_v4(), 1500);
  LatenessBoard board;
  RxAccount account{0x1234, 10, &board};

  void arrive(std::uint64_t sequence, std::uint64_t latency) {
    account.see(stamped(frame, sequence, kNow), kNow + latency);
  }
};

TEST(RxAccount, CountsWhatCameAndWhatDidNot) {
  AccountBench b;
  for (const std::uint64_t s : {10, 11, 13, 12, 12, 15}) b.arrive(s, 100);
  const auto& s = b.account.sequences();
  EXPECT_EQ(s.received(), 5u);
  EXPECT_EQ(s.duplicates(), 1u);
  EXPECT_EQ(s.reordered(), 1u);
  EXPECT_EQ(s.lost(6), 1u);
  EXPECT_EQ(b.account.latency().count(), 5u);
}

TEST(RxAccount, LatencyFromActualAndFromIntendedDeparture) {
  AccountBench b;
  b.board.post(10, 40);
  b.arrive(10, 100);
  b.arrive(11, 100);  // nothing posted
  EXPECT_EQ(b.account.latency().max(), 100u);
  EXPECT_EQ(b.account.latency_intended().max(), 140u);
  EXPECT_EQ(b.account.plan_unknown(), 1u);
}

TEST(RxAccount, WhenTheLastGapEndedAndTheLongestSilence) {
  AccountBench b;
  const auto at = [&](std::uint64_t sequence, std::uint64_t sent_ms, std::uint64_t came_ms) {
    constexpr std::uint64_t kMs = 1'000'000;
    b.account.see(stamped(b.frame, sequence, kNow + sent_ms * kMs), kNow + came_ms * kMs);
  };
  at(10, 0, 1);
  EXPECT_FALSE(b.account.last_gap_ns());
  at(11, 1, 2);
  EXPECT_FALSE(b.account.last_gap_ns());
  at(14, 4, 9);  // 12 and 13 are missing
  at(15, 5, 10);
  EXPECT_EQ(b.account.last_gap_ns(), 4'000'000u);
  EXPECT_EQ(b.account.longest_silence_ns(), 7'000'000u);
  RxAccount other(0x1234, 10, nullptr);
  other.merge(b.account);
  EXPECT_EQ(other.last_gap_ns(), 4'000'000u);
  EXPECT_EQ(other.longest_silence_ns(), 7'000'000u);
}

TEST(RxAccount, OthersFramesAreForeign) {
  AccountBench b;
  auto s = spec_v4();
  s.flow = 9;
  b.account.see(FrameTemplate::make(s, 1500)->bytes(), kNow);
  b.account.see({}, kNow);
  EXPECT_EQ(b.account.foreign(), 2u);
  EXPECT_EQ(b.account.sequences().arrivals(), 0u);
}

// 0 ns would be a false figure.
TEST(RxAccount, ArrivalBeforeDepartureIsCountedAndHasNoTime) {
  AccountBench b;
  FlowInterval interval;
  const auto arrive = [&](std::uint64_t sequence, std::uint64_t rx_ns) {
    return b.account.take({0x1234, sequence, kNow, 0, false}, rx_ns, &interval);
  };
  EXPECT_EQ(arrive(10, kNow - 5), std::nullopt);
  EXPECT_EQ(arrive(11, kNow + 700), 700u);
  EXPECT_EQ(arrive(11, kNow + 800), std::nullopt) << "a copy";
  EXPECT_EQ(arrive(12, kNow - 9), std::nullopt);
  EXPECT_EQ(b.account.negative(), 2u);
  EXPECT_EQ(b.account.sequences().received(), 3u);
  EXPECT_EQ(b.account.latency().count(), 1u);
  EXPECT_GE(b.account.latency().min(), 690u);
  EXPECT_EQ(interval.latency.count(), 1u);
  EXPECT_EQ(b.account.steps().count(), 0u) << "no two in a row have a time";
}

TEST(RxAccounts, WhoWatchesSeesNoTimeOfAnArrivalBeforeItsDeparture) {
  std::vector<RxAccount> one;
  one.emplace_back(std::uint16_t{0x1234}, 0, nullptr);
  RxAccounts accounts(std::move(one));
  std::vector<LiveFlow> live(1);
  accounts.publish(live);
  std::array<std::byte, 64> frame{};
  for (const std::uint64_t s : {0, 1, 2}) {
    store_probe(std::span(frame).last<kProbeBytes>(), {0x1234, s, kNow, 0, false});
    accounts.see(frame, s == 1 ? kNow + 700 : kNow - 5);
  }
  EXPECT_EQ(live[0].received.load(), 3u);
  std::uint64_t times = 0;
  for (std::size_t i = 0; i <= LiveBuckets::kBounds; ++i) times += live[0].latency.count(i);
  EXPECT_EQ(times, 1u);
}

TEST(RxAccount, WhatTheReflectorKeptIsTakenOff) {
  AccountBench b;
  std::array<std::byte, 64> frame{};
  const auto arrive = [&](std::uint64_t sequence, std::uint32_t residence, std::uint64_t rx_ns) {
    store_probe(std::span(frame).last<kProbeBytes>(), {0x1234, sequence, kNow, residence, true});
    b.account.see(frame, rx_ns);
  };
  b.board.post(10, 40);
  arrive(10, 1000, kNow + 1100);
  EXPECT_EQ(b.account.latency().max(), 100u);
  EXPECT_EQ(b.account.latency_intended().max(), 140u);
  EXPECT_EQ(b.account.residence().max(), 1000u);
  arrive(11, 5000, kNow + 5100);  // the same round trip: no jitter
  EXPECT_EQ(b.account.jitter_ns(), 0);
  arrive(12, 200, kNow + 199);  // more than the whole way
  EXPECT_EQ(b.account.negative(), 1u);
  arrive(13, kLongestResidenceNs, kNow + 500'000'000);
  EXPECT_EQ(b.account.residence_unknown(), 1u);
  EXPECT_EQ(b.account.residence().count(), 3u);
  EXPECT_EQ(b.account.latency().count(), 2u);
  EXPECT_EQ(b.account.sequences().received(), 4u);
}

// One thread records, two ask at their own pace: each gets every probe once.
TEST(LatencyFeed, EveryProbeIsInOneIntervalOfEachWhoAsks) {
  constexpr std::uint64_t kProbes = 20'000;
  LatencyFeed feed({0x1234});
  IntervalRecorder& recorder = feed.add_recorder();
  const std::size_t often = feed.subscribe(), seldom = feed.subscribe();
  std::thread receiver([&] {
    std::vector<RxAccount> one;
    one.emplace_back(std::uint16_t{0x1234}, 0, nullptr);
    RxAccounts accounts(std::move(one));
    accounts.set_recorder(&recorder);
    std::array<std::byte, 64> frame{};
    for (std::uint64_t s = 0; s < kProbes; ++s) {
      recorder.turn(accounts);
      store_probe(std::span(frame).last<kProbeBytes>(), {0x1234, s + (s >= 100 ? 1 : 0), kNow, 50, true});
      accounts.see(frame, kNow + 150);
    }
    recorder.end(accounts);
  });
  std::uint64_t times = 0, residences = 0;
  for (int i = 0; i < 20; ++i) {
    const auto& flows = feed.take(often);
    times += flows[0].latency.count();
    residences += flows[0].residence.count();
  }
  receiver.join();
  times += feed.take(often)[0].latency.count();
  const auto& all = feed.take(seldom);
  EXPECT_EQ(times, kProbes);
  EXPECT_EQ(all[0].latency.count(), kProbes);
  EXPECT_EQ(all[0].latency.max(), 100u);
  EXPECT_LE(residences, kProbes);
  EXPECT_EQ(all[0].received, kProbes);
  EXPECT_EQ(all[0].missing(), 1u);
  EXPECT_EQ(feed.take(seldom)[0].latency.count(), 0u);
}

// Each of two queues has every other number of a flow: nothing is missing.
TEST(LatencyFeed, WhatAnotherQueueReceivedIsNotMissing) {
  LatencyFeed feed({7});
  std::array<IntervalRecorder*, 2> recorders{&feed.add_recorder(), &feed.add_recorder()};
  const auto reader = feed.subscribe();
  std::array<std::byte, 64> frame{};
  for (std::uint64_t queue = 0; queue < 2; ++queue) {
    RxAccounts accounts({RxAccount(7, 0, nullptr)});
    for (std::uint64_t s = queue; s < 1000; s += 2) {
      if (s == 500) continue;
      store_probe(std::span(frame).last<kProbeBytes>(), {.flow = 7, .sequence = s, .tx_ns = 100});
      accounts.see(frame, 150);
    }
    recorders[queue]->end(accounts);
  }
  const auto& flows = feed.take(reader);
  EXPECT_EQ(flows[0].received, 999u);
  EXPECT_EQ(flows[0].missing(), 1u);
}

// A log's thread may ask before the last receiver has started.
TEST(LatencyFeed, WhoAsksWhileReceiversAreAddedMissesNone) {
  constexpr std::uint64_t kReceivers = 8;
  for (int round = 0; round < 10; ++round) {
    LatencyFeed feed({7});
    const auto reader = feed.subscribe();
    std::atomic<bool> all_added = false;
    std::thread adder([&] {
      std::array<std::byte, 64> frame{};
      for (std::uint64_t s = 0; s < kReceivers; ++s) {
        IntervalRecorder& recorder = feed.add_recorder();
        RxAccounts accounts({RxAccount(7, 0, nullptr)});
        store_probe(std::span(frame).last<kProbeBytes>(), {.flow = 7, .sequence = s, .tx_ns = 100});
        accounts.see(frame, 150);
        recorder.end(accounts);
      }
      all_added = true;
    });
    while (!all_added) (void)feed.take(reader);
    adder.join();
    EXPECT_EQ(feed.take(reader)[0].received, kReceivers);
  }
}

TEST(LatenessBoard, OldEntriesAreNotTakenForNewOnes) {
  LatenessBoard board;
  EXPECT_FALSE(board.late_ns(0));
  board.post(0, 7);
  EXPECT_EQ(board.late_ns(0), 7u);
  board.post(LatenessBoard::kEntries, 8);
  EXPECT_FALSE(board.late_ns(0));
  board.post(1, std::uint64_t{1} << 40);
  EXPECT_EQ(board.late_ns(1), 0xffffffffu);
}

TEST(RxAccounts, FindsEachFlowsOwn) {
  std::vector<RxAccount> two;
  two.emplace_back(std::uint16_t{5}, 0, nullptr);
  two.emplace_back(std::uint16_t{65535}, 0, nullptr);
  RxAccounts accounts(std::move(two));
  std::array<std::byte, 64> frame{};
  const auto see = [&](std::uint16_t flow, std::uint64_t sequence) {
    store_probe(std::span(frame).last<kProbeBytes>(), {.flow = flow, .sequence = sequence, .tx_ns = 100});
    accounts.see(frame, 150);
  };
  see(5, 0);
  see(5, 0);  // a duplicate counts once
  see(65535, 0);
  see(65535, 2);
  see(6, 0);
  EXPECT_EQ(accounts.received(), 3u);
  EXPECT_EQ(accounts.foreign(), 1u);
  EXPECT_EQ(accounts.all()[0].sequences().received(), 1u);
  EXPECT_EQ(accounts.all()[1].sequences().lost(3), 1u);
  EXPECT_EQ(accounts.all()[1].latency().max(), 50u);
}

TEST(RxAccounts, QueuesMergeByFlow) {
  const auto frame = [](std::uint16_t flow, std::uint64_t sequence, std::uint64_t tx_ns) {
    const auto t = FrameTemplate::make({.size = 64,
                                        .src_mac = {},
                                        .dst_mac = {},
                                        .src_ip = *parse_ip("198.18.0.1"),
                                        .dst_ip = *parse_ip("198.18.0.2"),
                                        .flow = flow},
                                       1500);
    std::vector<std::byte> bytes(t->bytes().begin(), t->bytes().end());
    t->stamp(bytes.data(), sequence, tx_ns);
    return bytes;
  };
  const auto fresh = [] {
    RxAccounts accounts({RxAccount(1, 0, nullptr), RxAccount(2, 0, nullptr)});
    accounts.ignore_before(1000);
    return accounts;
  };
  RxAccounts a = fresh(), b = fresh();
  std::vector<LiveFlow> live(2);
  a.publish(live);
  a.see(frame(1, 0, 1000), 1100);
  a.see(frame(1, 2, 1000), 1200);
  a.see(frame(2, 0, 999), 1200);  // of an earlier run
  b.see(frame(1, 1, 1000), 1300);
  b.see(frame(2, 0, 1000), 1400);
  b.see(frame(2, 0, 1000), 1400);
  a.merge(b);
  EXPECT_EQ(a.received(), 4u);
  EXPECT_EQ(a.foreign(), 1u);
  EXPECT_EQ(a.all()[0].sequences().received(), 3u);
  EXPECT_EQ(a.all()[0].sequences().lost(3), 0u);
  EXPECT_EQ(a.all()[0].latency().count(), 3u);
  EXPECT_EQ(a.all()[1].sequences().received(), 1u);
  EXPECT_EQ(a.all()[1].sequences().duplicates(), 1u);
  EXPECT_EQ(live[0].received.load(), 2u);
  EXPECT_EQ(live[1].received.load(), 0u);
}

}  // namespace
}  // namespace hopcost::pktgen
