// The rings BPF taps record into, mapped: one a CPU. Read by one thread at a time; the kernel writes
// meanwhile.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "analyzer/tap/bpf/event.h"
#include "analyzer/tap/tap.h"
#include "base/mapped_memory.h"
#include "base/result.h"

namespace hopcost::analyzer {

/// What the kernel counted in all rings since the tap was opened.
struct RingTotals {
  std::uint64_t drops = 0;    ///< Probes there was no room for.
  std::uint64_t foreign = 0;  ///< Frames without a probe.
};

/// When the probe of an event passed, on the tap's clock.
[[nodiscard]] inline std::uint64_t tap_time(const hopcost_event& e) noexcept {
  return e.time_ns & ~HOPCOST_REFLECTED_EVENT;
}

class EventRings {
 public:
  /// How the kernel's arrays are laid out.
  struct Shape {
    unsigned cpus = 0;        ///< The first so many have slots.
    unsigned possible = 0;    ///< All there may ever be: each counts, also what it had no slot for.
    std::uint32_t slots = 0;  ///< A CPU; a power of two.
  };
  /// The longest time, ns, between a program's reading the clock and its publishing the event.
  static constexpr std::uint64_t kOnItsWayNs = 100'000;

  /// Maps the two BPF arrays. Owns the mappings, not the descriptors. Errors: those of mmap(2).
  [[nodiscard]] static Result<EventRings> map(int events_fd, int rings_fd, const Shape& shape);

  /// Passes events to `f(const hopcost_event&, unsigned cpu)` in the order of their times over all CPUs,
  /// `most` at most; gives how many. The rest stays for the next call. When more than one CPU is at work,
  /// events younger than kOnItsWayNs stay too, because an earlier one may still be on its way into another
  /// ring. `now()` reads the tap's clock. An event later than `now()` was recorded before the clock was
  /// set back. It is passed on at once, in its ring's order: to wait would leave the tap blind for as long as
  /// the clock went back.
  template <class Clock, class F>
  std::size_t take(Clock&& now, F&& f, std::size_t most = kAllEvents) noexcept;

  /// As of now.
  [[nodiscard]] RingTotals totals() const noexcept;

 private:
  /// What is there to be read of one ring.
  struct Span {
    unsigned cpu = 0;
    std::uint64_t at = 0, end = 0;
  };

  EventRings(MappedMemory events, MappedMemory rings, const Shape& shape)
      : events_(std::move(events)), rings_(std::move(rings)), shape_(shape), pending_(shape.cpus) {}

  [[nodiscard]] hopcost_ring& ring(unsigned cpu) const noexcept {
    return reinterpret_cast<hopcost_ring*>(rings_.data())[cpu];
  }
  [[nodiscard]] std::uint64_t time_of(const Span& s) const noexcept { return tap_time(event(s)); }
  [[nodiscard]] const hopcost_event& event(const Span& s) const noexcept {
    return reinterpret_cast<const hopcost_event*>(
        events_.data())[s.cpu * std::size_t{shape_.slots} + (s.at & (shape_.slots - 1))];
  }
  void look() noexcept;
  void give_back(const Span& s) noexcept {
    std::atomic_ref(ring(s.cpu).tail).store(s.at, std::memory_order_release);
  }

  MappedMemory events_, rings_;
  Shape shape_;
  std::vector<Span> pending_;  // the first `busy_` are in use
  std::size_t busy_ = 0;
  bool several_ = false;  // more than one CPU has recorded
};

template <class Clock, class F>
std::size_t EventRings::take(Clock&& now, F&& f, std::size_t most) noexcept {
  look();
  const std::uint64_t read_at = now();  // after look(): nothing that was seen there is younger
  const std::uint64_t horizon = several_ ? read_at - kOnItsWayNs : std::numeric_limits<std::uint64_t>::max();
  const auto due = [&](const Span& s) noexcept {  // when it is its turn
    const std::uint64_t time = time_of(s);
    return time > read_at ? 0 : time;
  };
  std::size_t taken = 0;
  while (busy_ > 0) {
    Span* first = &pending_[0];
    std::uint64_t limit = horizon;  // the ring that is read up to where another's next event is earlier
    for (std::size_t i = 1; i < busy_; ++i) {
      Span& other = pending_[i];
      const bool earlier = due(other) < due(*first);
      limit = std::min(limit, due(earlier ? *first : other));
      if (earlier) first = &other;
    }
    const std::uint64_t begin = first->at;
    for (; first->at != first->end && taken < most && due(*first) <= limit; ++first->at, ++taken)
      f(event(*first), first->cpu);
    if (first->at != begin) give_back(*first);
    if (taken == most || (first->at != first->end && due(*first) > horizon)) break;
    if (first->at == first->end) *first = pending_[--busy_];
  }
  return taken;
}

}  // namespace hopcost::analyzer
