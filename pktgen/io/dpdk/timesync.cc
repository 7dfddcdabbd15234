#include "pktgen/io/dpdk/timesync.h"

#include <rte_ethdev.h>

namespace hopcost::pktgen {
namespace {

/// `read` returns 0 on success and writes the time.
template <class Read>
bool ns_of(std::atomic_flag& taken, std::uint64_t& ns, Read read) noexcept {
  if (taken.test_and_set(std::memory_order_acquire)) return false;
  timespec t{};
  const bool is_there = read(&t) == 0;
  taken.clear(std::memory_order_release);
  if (is_there)
    ns = static_cast<std::uint64_t>(t.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(t.tv_nsec);
  return is_there;
}

}  // namespace

bool Timesync::read_departure(std::uint64_t& ns) const noexcept {
  return ns_of(*taken_, ns, [&](timespec* t) { return rte_eth_timesync_read_tx_timestamp(port_, t); });
}

bool Timesync::read_arrival(std::uint32_t which, std::uint64_t& ns) const noexcept {
  return ns_of(*taken_, ns, [&](timespec* t) { return rte_eth_timesync_read_rx_timestamp(port_, t, which); });
}

bool Timesync::read_clock(std::uint64_t& ns) const noexcept {
  return ns_of(*taken_, ns, [&](timespec* t) { return rte_eth_timesync_read_time(port_, t); });
}

}  // namespace hopcost::pktgen
