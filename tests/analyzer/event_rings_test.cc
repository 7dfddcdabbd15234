// The reader of BPF rings, over memory files that play the kernel's maps.
#include "analyzer/tap/bpf/event_rings.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/fd.h"

namespace hopcost::analyzer {
namespace {

constexpr std::uint32_t kSlots = 8;
constexpr unsigned kCpus = 2;
constexpr std::size_t kBytes = 4096;

class EventRingsTest : public testing::Test {
 protected:
  void SetUp() override {
    for (Fd* fd : {&events_fd_, &rings_fd_}) {
      *fd = Fd(memfd_create("ring", MFD_CLOEXEC));
      ASSERT_EQ(ftruncate(fd->get(), kBytes), 0);
    }
    events_ = MappedMemory::map(kBytes, events_fd_.get());
    rings_ = MappedMemory::map(kBytes, rings_fd_.get());
    auto rings = EventRings::map(events_fd_.get(), rings_fd_.get(),
                                 {.cpus = kCpus, .possible = kCpus + 1, .slots = kSlots});
    ASSERT_TRUE(rings);
    under_test_.emplace(std::move(*rings));
  }
  hopcost_ring& ring(unsigned cpu) { return reinterpret_cast<hopcost_ring*>(rings_->data())[cpu]; }
  /// What the kernel's side does.
  void record(unsigned cpu, std::uint64_t time) {
    auto& r = ring(cpu);
    reinterpret_cast<hopcost_event*>(events_->data())[cpu * kSlots + r.head % kSlots] = {time, 0, 0};
    ++r.head;
  }
  /// `horizon`: those later may still have company.
  std::vector<std::uint64_t> take(std::uint64_t horizon = 1000) {
    std::vector<std::uint64_t> times;
    under_test_->take([=] { return horizon + EventRings::kOnItsWayNs; },
                      [&](const hopcost_event& e, unsigned cpu) {
                        times.push_back(e.time_ns);
                        cpus_.push_back(cpu);
                      });
    return times;
  }
  using Times = std::vector<std::uint64_t>;

  std::vector<unsigned> cpus_;  // of what was taken
  Fd events_fd_, rings_fd_;
  Result<MappedMemory> events_ = error(Exit::kFailure, ""), rings_ = error(Exit::kFailure, "");
  std::optional<EventRings> under_test_;
};

TEST_F(EventRingsTest, MergesCpusByTime) {
  for (const std::uint64_t t : {10, 40, 50}) record(0, t);
  for (const std::uint64_t t : {20, 30, 60}) record(1, t);
  EXPECT_EQ(take(), (Times{10, 20, 30, 40, 50, 60}));
  EXPECT_EQ(cpus_, (std::vector<unsigned>{0, 1, 1, 0, 0, 1}));
  EXPECT_EQ(take(), Times{});
  EXPECT_EQ(ring(0).tail, 3u);
  EXPECT_EQ(ring(1).tail, 3u);
}

TEST_F(EventRingsTest, KeepsWhatIsYoungWhileSeveralCpusRecord) {
  record(0, 10);
  record(1, 90);
  EXPECT_EQ(take(50), Times{10});
  record(0, 70);  // was on its way when 90 was there already
  EXPECT_EQ(take(100), (Times{70, 90}));
}

TEST_F(EventRingsTest, OneCpuAloneNeedsNoPatience) {
  record(1, 90);
  EXPECT_EQ(take(50), Times{90});
}

// The clock went back: what was recorded before is later than now.
TEST_F(EventRingsTest, AClockSetBackLeavesNoTapBlind) {
  constexpr std::uint64_t kBefore = 5'000'000'000;
  for (const std::uint64_t t : {kBefore + 10, kBefore + 30, std::uint64_t{5}, std::uint64_t{45}})
    record(0, t);
  for (const std::uint64_t t : {kBefore + 20, std::uint64_t{40}}) record(1, t);
  const Times taken = take(50);
  ASSERT_EQ(taken.size(), 6u);
  EXPECT_TRUE(std::ranges::is_sorted(taken.end() - 3, taken.end()));  // 5, 40, 45
  EXPECT_EQ(ring(0).tail, 4u);
  EXPECT_EQ(ring(1).tail, 2u);
}

TEST_F(EventRingsTest, GoesRound) {
  for (std::uint64_t round = 0; round < 5; ++round) {
    Times expected;
    for (std::uint64_t i = 0; i < kSlots; ++i) {
      record(0, round * 100 + i);
      expected.push_back(round * 100 + i);
    }
    EXPECT_EQ(take(), expected);
  }
}

TEST_F(EventRingsTest, SumsWhatTheKernelCounted) {
  ring(0).drops = 3;
  ring(1).drops = 4;
  ring(1).foreign = 5;
  ring(2).drops = 10;  // a CPU that has come up since
  EXPECT_EQ(under_test_->totals().drops, 17u);
  EXPECT_EQ(under_test_->totals().foreign, 5u);
}

}  // namespace
}  // namespace hopcost::analyzer
