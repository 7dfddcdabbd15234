#include "pktgen/io/dpdk/dpdk_tx.h"

#include <fmt/format.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>

#include <algorithm>
#include <chrono>
#include <cstring>

#include "base/units.h"

namespace hopcost::pktgen {
namespace {

constexpr std::chrono::milliseconds kPatience(200);

/// Where a frame begins in each mbuf of our pools: they have no private area.
constexpr std::size_t kDataOffset = sizeof(rte_mbuf) + RTE_PKTMBUF_HEADROOM;

/// Resets the fields that a driver may have changed when it last sent the frame. The other fields that
/// rte_pktmbuf_alloc() resets are as rte_pktmbuf_free() left them.
/// Mostly they are right already, and a store costs more than a look: with plain stores net_null took 0.6 of
/// the frames of 64 bytes (versus_testpmd.py).
inline void rearm(rte_mbuf* m, std::uint16_t length) noexcept {
  if (m->data_off != RTE_PKTMBUF_HEADROOM) m->data_off = RTE_PKTMBUF_HEADROOM;
  if (m->ol_flags != 0) m->ol_flags = 0;
  if (m->pkt_len != length || m->data_len != length) {
    m->pkt_len = length;
    m->data_len = length;
  }
}

void fill(rte_mempool*, void* frame, void* object, unsigned) {
  const auto& bytes = *static_cast<const std::span<const std::byte>*>(frame);
  std::copy(bytes.begin(), bytes.end(), static_cast<std::byte*>(object) + kDataOffset);
}

}  // namespace

DpdkTx::DpdkTx(std::shared_ptr<DpdkDevice> device, std::uint16_t queue)
    : device_(std::move(device)), queue_(queue) {
  if (queue_ == 0 && device_->timesync())
    sampler_ = std::make_unique<DepartureSampler<Timesync>>(*device_->timesync());
  if (!device_->hardware() && device_->kernel_devices().size() == 1)
    ledger_ = device_->kernel_devices().front();
}

Result<void> DpdkTx::prepare(std::span<const std::byte> longest) {
  register_dpdk_thread();
  if (longest.size() > device_->frame_bytes())
    return error(Exit::kUsage, fmt::format("the port holds a frame in {} bytes", device_->frame_bytes()),
                 fmt::format("the most it takes is a size of {} bytes", device_->frame_bytes() + kFcsBytes));
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (owed_ > 0 && std::chrono::steady_clock::now() < end) flush();
  if (owed_ > 0)
    return error(Exit::kFailure, "the device has not taken the frames of an earlier run",
                 "close the port and open it again");
  device_->look();
  if (ledger_) ledger_->begin();
  taken_before_ = taken_;
  lost_ = 0;
  sent_before_ = counted_as_sent();
  length_ = static_cast<std::uint16_t>(longest.size());
  rte_mempool_obj_iter(device_->tx_pool(queue_), fill, &longest);
  if (sampler_) sampler_->begin();
  return {};
}

std::span<std::byte* const> DpdkTx::lend(std::uint32_t n) noexcept {
  if (owed_ > 0) {
    flush();
    if (owed_ > 0) return {};
  }
  if (sampler_) sampler_->turn();
  if (held_count_ < n) {
    // Gets all or none. The pool is larger than all rings, so if it is empty the device is not giving frames
    // back.
    void** into = reinterpret_cast<void**>(held_.data() + held_count_);
    if (rte_mempool_get_bulk(device_->tx_pool(queue_), into, n - held_count_) == 0) held_count_ = n;
  }
  const std::uint32_t lent = std::min(n, held_count_);
  for (std::uint32_t i = 0; i < lent; ++i) lent_[i] = reinterpret_cast<std::byte*>(held_[i]) + kDataOffset;
  return std::span(lent_).first(lent);
}

void DpdkTx::send(std::uint32_t n) noexcept {
  for (std::uint32_t i = 0; i < n; ++i) rearm(held_[i], length_);
  if (mark_) mark_first();
  owed_ = n;
  flush();
}

void DpdkTx::send(std::span<const std::uint16_t> lengths) noexcept {
  owed_ = static_cast<std::uint32_t>(lengths.size());
  for (std::uint32_t i = 0; i < owed_; ++i) rearm(held_[i], lengths[i]);
  if (mark_) mark_first();
  flush();
}

std::uint32_t DpdkTx::room_back(std::uint32_t n) noexcept {
  flush();
  return owed_ > 0 ? 0 : n;
}

void DpdkTx::send_back(DpdkRx& rx, std::span<const std::uint8_t> which) noexcept {
  owed_ = held_count_ = static_cast<std::uint32_t>(which.size());
  for (std::uint32_t i = 0; i < owed_; ++i) {
    held_[i] = rx.give_up(which[i]);
    // Flags that the driver set on reception mean something else on transmission.
    held_[i]->ol_flags &= RTE_MBUF_F_INDIRECT | RTE_MBUF_F_EXTERNAL;
  }
  flush();
}

void DpdkTx::mark_first() noexcept {
  held_[0]->ol_flags |= RTE_MBUF_F_TX_IEEE1588_TMST;
  mark_ = false;
}

const DepartureStamps* DpdkTx::departures() noexcept {
  if (!sampler_) return nullptr;
  sampler_->finish();
  return &sampler_->stamps();
}

void DpdkTx::flush() noexcept {
  if (owed_ == 0) return;
  const std::uint16_t taken =
      rte_eth_tx_burst(device_->id(), queue_, held_.data(), static_cast<std::uint16_t>(owed_));
  owed_ -= taken;
  taken_ += taken;
  held_count_ -= taken;
  if (held_count_ > 0) std::memmove(held_.data(), held_.data() + taken, held_count_ * sizeof(rte_mbuf*));
}

/// Frames that a virtual driver counted as sent on this queue.
std::uint64_t DpdkTx::counted_as_sent() const noexcept {
  rte_eth_stats stats{};
  if (queue_ >= RTE_ETHDEV_QUEUE_STAT_CNTRS || rte_eth_stats_get(device_->id(), &stats) != 0) return taken_;
  return device_->queues() == 1 ? stats.opackets : stats.q_opackets[queue_];
}

std::uint64_t DpdkTx::errors() const noexcept {
  if (device_->hardware()) {  // a NIC counts them for the whole device, so the first queue reports them
    rte_eth_stats stats{};
    return queue_ == 0 && rte_eth_stats_get(device_->id(), &stats) == 0 ? stats.oerrors : 0;
  }
  // Virtual drivers differ in what oerrors means (net_af_xdp also counts frames that it did not take), and
  // not all know what the kernel device underneath dropped.
  const std::uint64_t taken = taken_ - taken_before_, sent = counted_as_sent() - sent_before_;
  return std::max(taken > sent ? taken - sent : 0, lost_);
}

void DpdkTx::settle() noexcept {
  if (ledger_) lost_ = ledger_->lost(taken_ - taken_before_);
}

}  // namespace hopcost::pktgen
