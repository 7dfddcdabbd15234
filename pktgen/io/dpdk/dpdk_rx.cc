#include "pktgen/io/dpdk/dpdk_rx.h"

#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <rte_mbuf_dyn.h>

#include <algorithm>

#include "base/clock.h"

namespace hopcost::pktgen {

DpdkRx::DpdkRx(std::shared_ptr<DpdkDevice> device, std::uint16_t queue)
    : device_(std::move(device)), queue_(queue), clock_(device_->stamp_clock()) {
  if (device_->stamps_received() &&
      rte_mbuf_dyn_rx_timestamp_register(&stamp_offset_, &stamp_flag_) != 0) {  // no driver has then
    stamp_offset_ = -1;
    clock_.reset();
  }
}

std::uint64_t DpdkRx::stamp_of(const rte_mbuf* m) const noexcept {
  if (!clock_) return 0;
  if (stamp_offset_ >= 0) {
    if ((m->ol_flags & stamp_flag_) == 0) return 0;
    return clock_->to_ns(*RTE_MBUF_DYNFIELD(m, stamp_offset_, const rte_mbuf_timestamp_t*));
  }
  std::uint64_t ns = 0;
  if ((m->ol_flags & RTE_MBUF_F_RX_IEEE1588_TMST) == 0 || !device_->timesync()->read_arrival(m->timesync, ns))
    return 0;
  return clock_->to_ns(ns);
}

std::uint32_t DpdkRx::receive(std::span<RxFrame> out) noexcept {
  if (!registered_) {
    register_dpdk_thread();
    registered_ = true;
  }
  if (clock_) {
    clock_->follow_when_due(kernel_clock_ns(CLOCK_REALTIME), [this](std::uint64_t& ticks) noexcept {
      return device_->read_stamp_clock(ticks);
    });
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
  if (lent_ > 0) rte_pktmbuf_free_bulk(mbufs_.data(), lent_);  // skips null entries, those given up
  lent_ = 0;
}

void DpdkRx::wait(std::chrono::milliseconds) noexcept {
  cpu_relax();
}

std::uint64_t DpdkRx::drops() noexcept {
  if (queue_ != 0) return 0;  // the first queue reports the whole device's drops
  rte_eth_stats stats{};
  return rte_eth_stats_get(device_->id(), &stats) == 0 ? stats.imissed + stats.rx_nombuf : 0;
}

}  // namespace hopcost::pktgen
