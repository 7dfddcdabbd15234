#include "pktgen/io/dpdk/dpdk_rx.h"

#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <rte_mbuf_dyn.h>

#include <algorithm>

#include "base/clock.h"

namespace hopcost::pktgen {

DpdkRx::DpdkRx(std::shared_ptr<DpdkDevice> device, std::uint16_t queue)
    : device_(std::move(device)), queue_(queue) {
  stamps_ = device_->timesync().has_value();
  if (!device_->stamps_received()) return;
  if (rte_mbuf_dyn_rx_timestamp_register(&stamp_offset_, &stamp_flag_) != 0) {
    stamp_offset_ = -1;
    return;
  }
  stamps_ = true;
  std::uint64_t ticks = 0;
  raw_ = rte_eth_read_clock(device_->id(), &ticks) == 0;  // ethdev's word for the field's own clock
}

std::uint64_t DpdkRx::stamp_of(const rte_mbuf* m) const noexcept {
  if (!stamps_) return 0;
  if (stamp_offset_ >= 0) {
    if ((m->ol_flags & stamp_flag_) == 0) return 0;
    return clock_.to_ns(*RTE_MBUF_DYNFIELD(m, stamp_offset_, const rte_mbuf_timestamp_t*));
  }
  std::uint64_t ns = 0;
  if ((m->ol_flags & RTE_MBUF_F_RX_IEEE1588_TMST) == 0 || !device_->timesync()->read_arrival(m->timesync, ns))
    return 0;
  return clock_.to_ns(ns);
}

bool DpdkRx::read_clock(std::uint64_t& ticks) const noexcept {
  return raw_ ? rte_eth_read_clock(device_->id(), &ticks) == 0 : device_->timesync()->read_clock(ticks);
}

std::uint32_t DpdkRx::receive(std::span<RxFrame> out) noexcept {
  if (!registered_) {
    register_dpdk_thread();
    registered_ = true;
  }
  const auto most = static_cast<std::uint16_t>(std::min(out.size(), mbufs_.size()));
  lent_ = rte_eth_rx_burst(device_->id(), queue_, mbufs_.data(), most);
  for (std::uint32_t i = 0; i < lent_; ++i) {
    const rte_mbuf* m = mbufs_[i];
    out[i] = {.bytes = {rte_pktmbuf_mtod(m, const std::byte*), m->data_len}, .rx_ns = stamp_of(m)};
  }
  return lent_;
}

void DpdkRx::release() noexcept {
  if (lent_ > 0) rte_pktmbuf_free_bulk(mbufs_.data(), lent_);
  lent_ = 0;
}

void DpdkRx::follow_clock() noexcept {
  const std::uint64_t before = kernel_clock_ns(CLOCK_REALTIME);
  std::uint64_t ticks = 0;
  if (!read_clock(ticks)) return;
  clock_.reading(ticks, before + (kernel_clock_ns(CLOCK_REALTIME) - before) / 2);
}

void DpdkRx::wait(std::chrono::milliseconds) noexcept {
  constexpr std::uint32_t kNowAndThen = 1024;  // a reading takes the NIC's bus some microseconds
  if (stamps_ && idle_++ % kNowAndThen == 0) follow_clock();
  cpu_relax();
}

std::uint64_t DpdkRx::drops() noexcept {
  if (queue_ != 0) return 0;  // counted for the whole device
  rte_eth_stats stats{};
  return rte_eth_stats_get(device_->id(), &stats) == 0 ? stats.imissed + stats.rx_nombuf : 0;
}

}  // namespace hopcost::pktgen
