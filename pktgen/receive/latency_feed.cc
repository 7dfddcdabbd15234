#include "pktgen/receive/latency_feed.h"

#include <algorithm>
#include <chrono>
#include <thread>

#include "pktgen/receive/rx_accounts.h"

namespace hopcost::pktgen {

void FlowInterval::add_times(const FlowInterval& earlier) {
  // One layout for all: nothing can be above its highest value.
  (void)latency.merge(earlier.latency);
  (void)intended.merge(earlier.intended);
  (void)residence.merge(earlier.residence);
}

void FlowInterval::take_pages() noexcept {
  for (HdrHistogram* h : {&latency, &intended, &residence}) h->take_pages();
}

void FlowInterval::forget_times() noexcept {
  for (HdrHistogram* h : {&latency, &intended, &residence}) h->reset();
}

void FlowInterval::reset() noexcept {
  forget_times();
  received = passed = duplicates = reordered = 0;
  jitter_ns = 0;
}

namespace {

FlowIntervals none_of(const std::vector<std::uint16_t>& flows) {
  FlowIntervals set(flows.size());
  for (std::size_t i = 0; i < flows.size(); ++i) set[i].flow = flows[i];
  for (std::size_t i = 0; i < std::min(flows.size(), kFlowsWithPages); ++i) set[i].take_pages();
  return set;
}

}  // namespace

IntervalRecorder::IntervalRecorder(const std::vector<std::uint16_t>& flows)
    : sets_{none_of(flows), none_of(flows)} {}

void IntervalRecorder::count(std::size_t set, const RxAccounts& accounts) noexcept {
  for (std::size_t i = 0; i < sets_[set].size(); ++i) {
    const RxAccount& a = accounts.all()[i];
    const SequenceTracker& s = a.sequences();
    FlowInterval& f = sets_[set][i];
    f.received = s.received();
    f.passed = a.passed();
    f.duplicates = s.duplicates();
    f.reordered = s.reordered();
    f.jitter_ns = a.jitter_ns();
  }
}

void IntervalRecorder::turn_now(const RxAccounts& accounts) noexcept {
  const std::size_t before = active_.load(std::memory_order_relaxed);
  count(before, accounts);
  active_.store(1 - before, std::memory_order_release);
}

void IntervalRecorder::end(const RxAccounts& accounts) noexcept {
  count(active_.load(std::memory_order_relaxed), accounts);
  over_.store(true, std::memory_order_release);
}

void IntervalRecorder::drain(std::size_t set, FlowIntervals& into) {
  for (std::size_t i = 0; i < into.size(); ++i) {
    FlowInterval& f = sets_[set][i];
    into[i].add_times(f);
    into[i].received += f.received;
    into[i].passed = std::max(into[i].passed, f.passed);  // other queues received the rest
    into[i].duplicates += f.duplicates;
    into[i].reordered += f.reordered;
    into[i].jitter_ns = std::max(into[i].jitter_ns, f.jitter_ns);
    f.forget_times();
  }
}

void IntervalRecorder::take(FlowIntervals& into) {
  const std::size_t full = wanted_.load(std::memory_order_relaxed);
  if (!over_.load(std::memory_order_acquire)) {
    wanted_.store(1 - full, std::memory_order_release);
    while (active_.load(std::memory_order_acquire) == full && !over_.load(std::memory_order_acquire))
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  // A thread that ended in the meantime did not change sets: its times are still in this set, which stays the
  // active one.
  if (over_.load(std::memory_order_acquire))
    wanted_.store(active_.load(std::memory_order_relaxed), std::memory_order_relaxed);
  drain(full, into);
}

IntervalRecorder& LatencyFeed::add_recorder() {
  auto recorder = std::make_unique<IntervalRecorder>(flows_);
  const std::lock_guard lock(mutex_);  // subscribers may take before the last receiver has started
  return *recorders_.emplace_back(std::move(recorder));
}

std::size_t LatencyFeed::subscribe() {
  const std::lock_guard lock(mutex_);
  subscribers_.push_back({none_of(flows_), none_of(flows_)});
  return subscribers_.size() - 1;
}

const FlowIntervals& LatencyFeed::take(std::size_t subscriber) {
  const std::lock_guard lock(mutex_);
  Subscriber& self = subscribers_[subscriber];
  for (FlowInterval& f : self.given) f.reset();
  for (auto& r : recorders_) r->take(self.given);
  for (Subscriber& other : subscribers_) {
    if (&other == &self) continue;
    for (std::size_t i = 0; i < flows_.size(); ++i) other.kept[i].add_times(self.given[i]);
  }
  for (std::size_t i = 0; i < flows_.size(); ++i) {
    self.given[i].add_times(self.kept[i]);
    self.kept[i].forget_times();
  }
  return self.given;
}

}  // namespace hopcost::pktgen
