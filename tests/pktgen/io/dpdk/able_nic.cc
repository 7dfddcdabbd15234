#include "tests/pktgen/io/dpdk/able_nic.h"

#include <rte_mbuf.h>
#include <rte_mbuf_dyn.h>

#include <cerrno>
#include <string_view>

#include "base/clock.h"
#include "pktgen/io/dpdk/eal.h"
#include "tests/pktgen/io/dpdk/ethdev_layout.h"
#include "wire/find_probe.h"

namespace hopcost::pktgen {
namespace {

constexpr std::uint64_t kHour = 3'600'000'000'000;

/// Of the NIC there is.
struct State {
  AbleNic* nic = nullptr;
  const ethdev::Ops* ring = nullptr;  // net_ring's own
  ethdev::TxBurst ring_send = nullptr;
  ethdev::Ops ops{};
  ethdev::Data* data = nullptr;
  int stamp_offset = -1;
  std::uint64_t stamp_flag = 0;
} now;

template <class F>
F as(ethdev::Function f) {
  return reinterpret_cast<F>(f);
}

timespec to_timespec(std::uint64_t ns) {
  return {.tv_sec = static_cast<time_t>(ns / 1'000'000'000),
          .tv_nsec = static_cast<long>(ns % 1'000'000'000)};
}

}  // namespace

std::uint64_t NicClock::at(std::uint64_t ns) const noexcept {
  const auto since = static_cast<double>(static_cast<std::int64_t>(ns - epoch));
  return start + static_cast<std::uint64_t>(static_cast<std::int64_t>(since * ticks_per_ns));
}

struct AbleNic::Driver {
  static int infos(rte_eth_dev* device, rte_eth_dev_info* info) {
    const int err =
        as<int (*)(rte_eth_dev*, rte_eth_dev_info*)>((*now.ring)[ethdev::kDevInfosGet])(device, info);
    if (now.nic->can_.stamps_received) info->rx_offload_capa |= RTE_ETH_RX_OFFLOAD_TIMESTAMP;
    if (now.nic->can_.frees_fast) info->tx_offload_capa |= RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE;
    if (now.nic->can_.sends_on_time) info->tx_offload_capa |= RTE_ETH_TX_OFFLOAD_SEND_ON_TIMESTAMP;
    return err;
  }
  static int link_update(rte_eth_dev*, int) {
    const bool up = now.nic->link_questions_++ >= now.nic->can_.link_up_after;
    now.data->link.link_speed = up ? kLinkMbps : RTE_ETH_SPEED_NUM_NONE;
    now.data->link.link_status = up ? RTE_ETH_LINK_UP : RTE_ETH_LINK_DOWN;
    return 0;
  }
  static int limit(rte_eth_dev*, std::uint16_t queue, std::uint32_t mbps) {
    if (mbps > 0 && now.nic->refusal_ != 0) return -now.nic->refusal_;
    now.nic->limits_.emplace_back(queue, mbps);
    return 0;
  }

  static bool stamps_asked_for() {
    return (now.data->conf.rxmode.offloads & RTE_ETH_RX_OFFLOAD_TIMESTAMP) != 0;
  }
  static int timesync_enable(rte_eth_dev*) {
    if (now.nic->can_.timesync_wants_offload && !stamps_asked_for()) return -1;
    now.nic->timesync_on_ = true;
    return 0;
  }
  static int timesync_disable(rte_eth_dev*) {
    now.nic->timesync_on_ = false;
    return 0;
  }
  static int timesync_time(rte_eth_dev*, timespec* t) {
    *t = to_timespec(now.nic->timesync_.at(kernel_clock_ns(CLOCK_REALTIME)));
    return now.nic->timesync_on_ ? 0 : -EINVAL;
  }
  static int departure(rte_eth_dev*, timespec* t) {
    const std::uint64_t left = std::exchange(now.nic->departure_, 0);
    *t = to_timespec(left);
    return left != 0 ? 0 : -EINVAL;
  }
  static int arrival(rte_eth_dev*, timespec* t, std::uint32_t which) {
    const std::uint64_t came = now.nic->arrivals_.at(which).exchange(0);
    *t = to_timespec(came);
    return came != 0 ? 0 : -EINVAL;
  }
  static int read_clock(rte_eth_dev*, std::uint64_t* ticks) {
    *ticks = now.nic->raw_.at(kernel_clock_ns(CLOCK_REALTIME));
    return 0;
  }

  static std::uint16_t send(void* queue, rte_mbuf** frames, std::uint16_t n) {
    for (std::uint16_t i = 0; i < n; ++i) now.nic->pass(*frames[i]);
    return now.ring_send(queue, frames, n);
  }

  /// A port is about to be there: the one that is waited for, if it is net_ring's.
  static int arrived(std::uint16_t port, rte_eth_event_type, void*, void*) {
    ethdev::Device& d = ethdev::rte_eth_devices[port];
    if (now.nic == nullptr || now.nic->taken_) return 0;
    if (!std::string_view(d.data->name.data()).starts_with("net_ring")) return 0;
    now.nic->taken_ = true;
    now.nic->take(d);
    return 0;
  }
};

void AbleNic::take(ethdev::Device& d) {
  const ethdev::Ops& ring = *d.ops;
  for (const auto op : {ethdev::kDevConfigure, ethdev::kLinkUpdate, ethdev::kDevInfosGet})
    if (ring[op] == nullptr) fault_ = "net_ring lacks a function that it has";
  for (const auto op : {ethdev::kSetQueueRateLimit, ethdev::kTimesyncEnable, ethdev::kReadClock})
    if (ring[op] != nullptr) fault_ = "net_ring has a function that it lacks";
  if (d.data->link.link_speed != kLinkMbps) fault_ = "net_ring's link is not where it should be";
  if (!fault_.empty()) return;
  now.ring = &ring;
  now.ring_send = d.tx_burst;
  now.data = d.data;
  now.ops = ring;
  const auto put = [](ethdev::Op op, auto* f) { now.ops[op] = reinterpret_cast<ethdev::Function>(f); };
  put(ethdev::kDevInfosGet, Driver::infos);
  put(ethdev::kLinkUpdate, Driver::link_update);
  if (can_.limits_rate) put(ethdev::kSetQueueRateLimit, Driver::limit);
  if (can_.raw_clock) put(ethdev::kReadClock, Driver::read_clock);
  if (can_.timesync) {
    put(ethdev::kTimesyncEnable, Driver::timesync_enable);
    put(ethdev::kTimesyncDisable, Driver::timesync_disable);
    put(ethdev::kTimesyncReadTime, Driver::timesync_time);
    put(ethdev::kTimesyncReadTxTimestamp, Driver::departure);
    put(ethdev::kTimesyncReadRxTimestamp, Driver::arrival);
  }
  if (can_.link_up_after > 0) now.data->link.link_speed = RTE_ETH_SPEED_NUM_NONE;
  d.ops = &now.ops;
  d.tx_burst = Driver::send;
}

/// One frame out and, as the ring gives back the same, in again: its stamps are of the time it carries.
void AbleNic::pass(rte_mbuf& m) {
  const bool marked = (m.ol_flags & RTE_MBUF_F_TX_IEEE1588_TMST) != 0;
  m.ol_flags = 0;
  const auto found = find_probe({rte_pktmbuf_mtod(&m, const std::byte*), m.data_len});
  if (!found) return;
  const std::uint64_t given = found->probe.tx_ns;
  if (marked && timesync_on_) departure_ = timesync_.at(given + kSenderNs);
  const bool stamped = ++frames_ % can_.stamps_each == 0;
  const std::uint64_t arrival = given + kWireNs;
  if (can_.stamps_received && Driver::stamps_asked_for()) {
    *RTE_MBUF_DYNFIELD(&m, now.stamp_offset, rte_mbuf_timestamp_t*) =
        (can_.raw_clock ? raw_ : timesync_).at(arrival);
    if (stamped) m.ol_flags |= now.stamp_flag;
  } else if (stamped && can_.keeps_arrivals && timesync_on_) {
    m.timesync = static_cast<std::uint16_t>(frames_ % arrivals_.size());
    arrivals_[m.timesync] = timesync_.at(arrival);
    m.ol_flags |= RTE_MBUF_F_RX_IEEE1588_TMST;
  }
}

AbleNic::AbleNic(NicAbilities abilities) : can_(abilities) {
  const std::uint64_t epoch = kernel_clock_ns(CLOCK_REALTIME);
  raw_ = {.ticks_per_ns = 0.3125 * 1.001,
          .start = 77'000'000'000,
          .epoch = epoch};  // 3.2 ns a tick, 1000 ppm fast
  timesync_ = {.ticks_per_ns = 1 - 0.0005, .start = epoch - kHour, .epoch = epoch};
  if (!Eal::start({})) fault_ = "DPDK does not start";
  if (now.stamp_offset < 0 &&
      (rte_mbuf_dyn_rx_timestamp_register(&now.stamp_offset, &now.stamp_flag) != 0 ||
       rte_eth_dev_callback_register(RTE_ETH_ALL, RTE_ETH_EVENT_NEW, Driver::arrived, nullptr) != 0))
    fault_ = "no place for stamps, or nobody says when there is a port";
  now.nic = this;
}

bool AbleNic::frees_fast() const noexcept {
  return (now.data->conf.txmode.offloads & RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE) != 0;
}

void AbleNic::change_rate(double factor) noexcept {
  const std::uint64_t epoch = kernel_clock_ns(CLOCK_REALTIME);
  raw_ = {.ticks_per_ns = raw_.ticks_per_ns * factor, .start = raw_.at(epoch), .epoch = epoch};
}

AbleNic::~AbleNic() {
  now.nic = nullptr;
}

}  // namespace hopcost::pktgen
