#include "analyzer/tap/bpf/event_rings.h"

#include <unistd.h>

namespace hopcost::analyzer {
namespace {

/// A BPF array is mapped in whole pages.
std::size_t whole_pages(std::size_t bytes) {
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  return (bytes + page - 1) / page * page;
}

}  // namespace

Result<EventRings> EventRings::map(int events_fd, int rings_fd, const Shape& shape) {
  auto events = MappedMemory::map(whole_pages(sizeof(hopcost_event) * shape.slots * shape.cpus), events_fd);
  if (!events) return forward(events);
  auto rings = MappedMemory::map(whole_pages(sizeof(hopcost_ring) * shape.possible), rings_fd);
  if (!rings) return forward(rings);
  return EventRings(std::move(*events), std::move(*rings), shape);
}

void EventRings::look() noexcept {
  busy_ = 0;
  std::size_t used = 0;
  for (unsigned cpu = 0; cpu < shape_.cpus; ++cpu) {
    hopcost_ring& r = ring(cpu);
    const std::uint64_t head = std::atomic_ref(r.head).load(std::memory_order_acquire);
    used += head != 0;
    if (head != r.tail) pending_[busy_++] = {cpu, r.tail, head};
  }
  several_ = used > 1;
}

RingTotals EventRings::totals() const noexcept {
  RingTotals sum;
  for (unsigned cpu = 0; cpu < shape_.possible; ++cpu) {
    sum.drops += std::atomic_ref(ring(cpu).drops).load(std::memory_order_relaxed);
    sum.foreign += std::atomic_ref(ring(cpu).foreign).load(std::memory_order_relaxed);
  }
  return sum;
}

}  // namespace hopcost::analyzer
