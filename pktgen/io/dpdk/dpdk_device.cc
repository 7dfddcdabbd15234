#include "pktgen/io/dpdk/dpdk_device.h"

#include <fmt/format.h>
#include <rte_dev.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <rte_mbuf_pool_ops.h>
#include <rte_mempool.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

#include "base/netns.h"
#include "base/privilege.h"
#include "pktgen/io/dpdk/eal_log.h"
#include "pktgen/io/port.h"

namespace hopcost::pktgen {
namespace {

constexpr std::uint16_t kSlots = 1024;      // slots of a ring whose driver suggests no size
constexpr std::uint32_t kFrameCache = 512;  // RTE_MEMPOOL_CACHE_MAX_SIZE
constexpr std::uint32_t kLeastRoom = 2048;  // the receive buffer that most drivers require
constexpr const char* kAfXdp = "net_af_xdp";
constexpr std::uint32_t kHeaders = 14 + 2 * 4;  // Ethernet and two VLAN tags above the MTU

/// The error for a failed `what`: DPDK's code, and what DPDK has logged about it.
std::unexpected<Error> dpdk_error(int code, const std::string& what, const std::string& hint = {}) {
  constexpr int kCapNetRaw = 13;
  std::string said = take_eal_log();
  if (!hint.empty()) said += (said.empty() ? "" : "\n  ") + hint;
  // For some drivers -1 is not an errno.
  if (code == -1 && have_capability(kCapNetRaw)) return error(Exit::kFailure, what, said);
  if (code == -1) said += "\n  needs CAP_NET_RAW: run with sudo";
  return errno_error(code < 0 ? -code : code, what, said);
}

/// Does what rte_pktmbuf_pool_create() does, but places frames right after each other, also across page
/// boundaries. With ordinary pages that function begins a page for each frame, while net_af_xdp registers
/// with the kernel only the sum of the frames' bytes. The kernel then rejected the pool's last frames: it
/// took them off the fill ring and lost them, and after some 4700 packets nothing was received any more.
/// Null: rte_errno says why.
rte_mempool* make_dense_pool(const std::string& name, std::uint32_t frames, std::uint16_t room, int socket) {
  const std::uint32_t bytes = sizeof(rte_mbuf) + room;
  rte_mempool* const pool =
      rte_mempool_create_empty(name.c_str(), frames, bytes, kFrameCache, sizeof(rte_pktmbuf_pool_private),
                               socket, RTE_MEMPOOL_F_NO_IOVA_CONTIG);
  if (pool == nullptr) return nullptr;
  rte_pktmbuf_pool_private layout{};
  layout.mbuf_data_room_size = room;
  rte_pktmbuf_pool_init(pool, &layout);
  int err = rte_mempool_set_ops_byname(pool, rte_mbuf_best_mempool_ops(), nullptr);
  if (err == 0) err = std::min(rte_mempool_populate_default(pool), 0);
  if (err == 0 && pool->nb_mem_chunks != 1) err = -ENOMEM;  // net_af_xdp registers one range of memory
  if (err == 0) {
    rte_mempool_obj_iter(pool, rte_pktmbuf_init, nullptr);
    return pool;
  }
  rte_mempool_free(pool);
  rte_errno = -err;
  return nullptr;
}

/// Gives each virtual device its own name, because DPDK refuses a second net_null.
std::string with_own_name(const std::string& devargs) {
  static int count = 0;  // only used on the environment's thread
  const auto end = std::min(devargs.find(','), devargs.size());
  const std::string driver = devargs.substr(0, devargs.find_last_not_of("0123456789", end - 1) + 1);
  return fmt::format("{}{}{}", driver, count++, devargs.substr(end));
}

}  // namespace

Result<void> DpdkDevice::probe(const DpdkRequest& r) {
  const std::string devargs = r.pci.empty()
                                  ? with_own_name(r.devargs)
                                  : r.pci + r.devargs.substr(std::min(r.devargs.find(','), r.devargs.size()));
  name_ = devargs.substr(0, devargs.find(','));
  (void)take_eal_log();
  if (const int err = rte_dev_probe(devargs.c_str()); err != 0) {
    if (err != -ENODEV && err != -EFAULT && err != -EINVAL)
      return dpdk_error(err, fmt::format("open {} with DPDK", r.devargs),
                        "are its arguments right? see doc/pktgen-backends.md");
    return error(
        Exit::kMissing, fmt::format("DPDK can't open {}", r.devargs),
        take_eal_log() + (r.pci.empty() ? "\n  is there such a driver, and are its arguments right? see "
                                          "doc/pktgen-backends.md"
                                        : "\n  is it bound to vfio-pci? see hopcost doctor"));
  }
  if (rte_eth_dev_get_port_by_name(name_.c_str(), &id_) == 0) return {};
  id_ = kNone;
  return error(Exit::kMissing, fmt::format("{} is no network device for DPDK", r.devargs),
               take_eal_log() + (r.pci.empty() ? "" : "\n  is it bound to vfio-pci? see hopcost doctor"));
}

Result<void> DpdkDevice::describe_port(const DpdkRequest& r) {
  rte_eth_dev_info info{};
  if (const int err = rte_eth_dev_info_get(id_, &info); err != 0)
    return dpdk_error(err, "ask what the port can");
  driver_ = info.driver_name != nullptr ? info.driver_name : "";
  numa_ = rte_eth_dev_socket_id(id_);
  rte_ether_addr mac{};
  if (rte_eth_macaddr_get(id_, &mac) == 0) std::memcpy(mac_.bytes.data(), mac.addr_bytes, mac_.bytes.size());
  std::uint16_t mtu = RTE_ETHER_MTU;
  rte_eth_dev_get_mtu(id_, &mtu);
  mtu_ = r.mtu != 0 ? r.mtu : mtu;
  queues_ = r.queues;
  const auto most = std::min(info.max_rx_queues, info.max_tx_queues);
  if (queues_ > most)
    return error(Exit::kUsage,
                 fmt::format("{} has {} queues, and {} are asked for", r.devargs, most, queues_),
                 "a virtual driver is told how many it has: queue_count=N (net_af_xdp), qpairs=N "
                 "(net_af_packet)");
  rx_slots_ = info.default_rxportconf.ring_size != 0 ? info.default_rxportconf.ring_size : kSlots;
  tx_slots_ = info.default_txportconf.ring_size != 0 ? info.default_txportconf.ring_size : kSlots;
  rte_eth_dev_adjust_nb_rx_tx_desc(id_, &rx_slots_, &tx_slots_);
  can_stamp_ = (info.rx_offload_capa & RTE_ETH_RX_OFFLOAD_TIMESTAMP) != 0;
  if ((info.tx_offload_capa & RTE_ETH_TX_OFFLOAD_SEND_ON_TIMESTAMP) != 0)
    abilities_.push_back("send-on-time");
  return {};
}

Result<void> DpdkDevice::make_pools(const DpdkRequest& r) {
  constexpr std::uint32_t kMost = 0xffff;  // what an mbuf's lengths hold
  frame_bytes_ = std::min(std::max(kLeastRoom, mtu_ + kHeaders), kMost - RTE_PKTMBUF_HEADROOM);
  const auto room = static_cast<std::uint16_t>(frame_bytes_ + RTE_PKTMBUF_HEADROOM);
  // Enough for full rings, the threads' caches, and what the port itself holds.
  const std::uint32_t most = rx_slots_ + tx_slots_ + 2 * kFrameCache + 4 * kMaxBatch;
  const std::uint32_t frames = std::bit_ceil(most) - 1;
  const auto make = [&](const char* which, std::vector<rte_mempool*>& pools) {
    const std::string name = fmt::format("{}{}-{}", which, id_, pools.size());
    const int socket = numa_ < 0 ? SOCKET_ID_ANY : numa_;
    rte_mempool* pool = r.devargs.starts_with(kAfXdp)
                            ? make_dense_pool(name, frames, room, socket)
                            : rte_pktmbuf_pool_create(name.c_str(), frames, kFrameCache, 0, room, socket);
    if (pool != nullptr) pools.push_back(pool);
    return pool != nullptr;
  };
  for (std::uint16_t q = 0; q < queues_; ++q) {
    if (make("tx", tx_pools_) && (!r.receive || make("rx", rx_pools_))) continue;
    return dpdk_error(rte_errno, fmt::format("find memory for {} frames", frames),
                      r.hugepages_mib > 0 ? "ask for more: hugepages=MiB"
                                          : "too many ports are open for DPDK's share of memory: close some");
  }
  return {};
}

Result<void> DpdkDevice::set_up_queue(std::uint16_t queue) {
  const auto socket = static_cast<unsigned>(numa_ < 0 ? SOCKET_ID_ANY : numa_);
  // net_af_xdp sends frames of the receive queue's pool without a copy. Where nobody receives, nothing is
  // ever written into them but by us.
  rte_mempool* received = rx_pools_.empty() ? tx_pools_[queue] : rx_pools_[queue];
  int err = rte_eth_rx_queue_setup(id_, queue, rx_slots_, socket, nullptr, received);
  if (err != 0)
    return dpdk_error(err, fmt::format("set up the receive queue of {}", name_),
                      "needs CAP_NET_ADMIN and CAP_BPF for net_af_xdp: run with sudo; is the device taken by "
                      "another AF_XDP socket or XDP program?");
  err = rte_eth_tx_queue_setup(id_, queue, tx_slots_, socket, nullptr);
  if (err != 0) return dpdk_error(err, fmt::format("set up the transmit queue of {}", name_));
  return {};
}

Result<void> DpdkDevice::configure(const DpdkRequest& r) {
  rte_eth_conf conf{};
  // Also when nobody receives: some drivers stamp departures with this alone (net_ice).
  if (can_stamp_) conf.rxmode.offloads |= RTE_ETH_RX_OFFLOAD_TIMESTAMP;
  if (r.mtu == 0) conf.rxmode.mtu = mtu_;
  // Received frames are distributed over the queues by hash (RSS), if the driver can.
  rte_eth_dev_info info{};
  const bool knows = rte_eth_dev_info_get(id_, &info) == 0;
  // All frames of a queue are of one pool, in one segment each, and held by nobody else, so the driver may
  // free them without checks. (In a run that sends back, the pool is the receiving one.)
  if (knows) conf.txmode.offloads |= info.tx_offload_capa & RTE_ETH_TX_OFFLOAD_MBUF_FAST_FREE;
  if (knows && queues_ > 1) {
    conf.rx_adv_conf.rss_conf.rss_hf = (RTE_ETH_RSS_IP | RTE_ETH_RSS_UDP) & info.flow_type_rss_offloads;
    if (conf.rx_adv_conf.rss_conf.rss_hf != 0) conf.rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
  }
  int err = rte_eth_dev_configure(id_, queues_, queues_, &conf);
  if (err != 0) return dpdk_error(err, fmt::format("configure {}", name_));
  for (std::uint16_t q = 0; q < queues_; ++q) {
    if (auto ok = set_up_queue(q); !ok) return ok;
  }
  err = rte_eth_dev_start(id_);
  if (err != 0) return dpdk_error(err, fmt::format("start {}", name_));
  return {};
}

bool DpdkDevice::read_stamp_clock(std::uint64_t& ticks) const noexcept {
  return raw_clock_ ? rte_eth_read_clock(id_, &ticks) == 0 : timesync_ && timesync_->read_clock(ticks);
}

/// Tries each of the driver's abilities; it answers -ENOTSUP for those it lacks. Call when the link is up,
/// because some clocks' rate depends on its speed (net_ixgbe).
void DpdkDevice::find_clocks(const DpdkRequest& r) {
  if (rte_eth_timesync_enable(id_) == 0) {
    const Timesync timesync(id_, timesync_taken_);
    if (std::uint64_t ns = 0; timesync.read_clock(ns)) timesync_ = timesync;
    if (!timesync_) rte_eth_timesync_disable(id_);
  }
  std::uint64_t ticks = 0;
  raw_clock_ = can_stamp_ && rte_eth_read_clock(id_, &ticks) == 0;  // ethdev's call for the field's clock
  stamps_received_ = can_stamp_ && (raw_clock_ || timesync_);
  if (r.receive && (stamps_received_ || timesync_)) {
    FollowedClock clock;
    if (clock.learn([this](std::uint64_t& now) noexcept { return read_stamp_clock(now); }))
      stamp_clock_ = clock;
    stamps_received_ = stamps_received_ && stamp_clock_;
  }
  (void)take_eal_log();
}

Result<void> DpdkDevice::await_link(const DpdkRequest& r) {
  using namespace std::chrono_literals;
  // A NIC takes seconds to negotiate, and a memif waits for its other process to start. Other virtual devices
  // have a link at once or never.
  const bool meets = !r.pci.empty() || r.devargs.starts_with("net_memif");
  const auto end = std::chrono::steady_clock::now() + (meets ? 9s : 1s);
  // A NIC that has just started may still show the link that it had, and then negotiate anew.
  const auto settled = r.pci.empty() ? 0ms : 700ms;
  auto down = std::chrono::steady_clock::now();  // when it was seen without a link
  for (;;) {
    const auto now = std::chrono::steady_clock::now();
    rte_eth_link link{};
    if (rte_eth_link_get_nowait(id_, &link) != 0 || link.link_status != RTE_ETH_LINK_UP) {
      down = now;
    } else if (now - down >= settled) {
      if (link.link_speed != RTE_ETH_SPEED_NUM_UNKNOWN) link_mbps_ = link.link_speed;
      return {};
    }
    if (now > end + settled)
      return error(Exit::kMissing, fmt::format("the link of {} is down, or comes and goes", r.devargs),
                   "is the other end there, and up?");
    std::this_thread::sleep_for(10ms);
  }
}

/// Call when the link is up: drivers compute the limit as a share of the link's speed.
Result<void> DpdkDevice::set_limits(const DpdkRequest& r) {
  const int none = rte_eth_set_queue_rate_limit(id_, 0, 0);
  limits_rate_ = none == 0;
  (void)take_eal_log();
  if (r.limit_mbps == 0) return {};
  if (!r.send)
    return error(Exit::kUsage, fmt::format("{} only receives, and a limit is for what is sent", r.devargs),
                 "leave out limit= there");
  if (none == -ENOTSUP)
    return error(Exit::kMissing, fmt::format("{} has no rate limit of its own", r.devargs),
                 "leave out limit=; --rate is kept by software");
  if (link_mbps_ != 0 && r.limit_mbps > link_mbps_)
    return error(Exit::kUsage, fmt::format("a limit of {} Mbit/s is above the {} Mbit/s of {}'s link",
                                           r.limit_mbps, link_mbps_, r.devargs));
  for (std::uint16_t q = 0; q < queues_; ++q) {
    (void)take_eal_log();
    if (const int err = rte_eth_set_queue_rate_limit(id_, q, r.limit_mbps); err != 0)
      return dpdk_error(err, fmt::format("keep queue {} of {} to {} Mbit/s", q, r.devargs, r.limit_mbps),
                        "is that less than the NIC can keep to, or more?");
  }
  limits_rate_ = true;
  return {};
}

void DpdkDevice::look() noexcept {
  rte_eth_link link{};
  const bool down = rte_eth_link_get_nowait(id_, &link) == 0 && link.link_status == RTE_ETH_LINK_DOWN;
  failed_.store(down && !any_carrier_ ? ENOLINK : 0, std::memory_order_relaxed);
  for (const TxLedger& device : kernel_devices_) device.link()->look();
}

Result<std::shared_ptr<DpdkDevice>> DpdkDevice::open(const DpdkRequest& r) {
  auto eal = Eal::start({.hugepages_mib = r.hugepages_mib, .pci = r.pci, .cpus = {}});
  if (!eal) return forward(eal);
  auto netns = open_netns("");
  if (!netns) return forward(netns);
  std::shared_ptr<DpdkDevice> d(new DpdkDevice);
  d->eal_ = *eal;
  if (r.devargs.starts_with(kAfXdp)) {
    constexpr int kCapNetAdmin = 12, kCapBpf = 39;
    for (const int capability : {kCapNetAdmin, kCapBpf}) d->eal_->keep(capability);
  }
  d->netns_ = std::move(*netns);
  d->kernel_devices_ = r.kernel_devices;
  d->hardware_ = !r.pci.empty();
  d->any_carrier_ = r.any_carrier;
  Result<void> opened;
  auto called = d->eal_->call(d->netns_, [&] {
    opened = d->probe(r);
    if (opened) opened = d->describe_port(r);
    if (opened) opened = d->make_pools(r);
    if (opened) opened = d->configure(r);
    if (opened) opened = d->await_link(r);
    if (opened) d->find_clocks(r);
    if (opened) opened = d->set_limits(r);
  });
  if (!called) return forward(called);
  if (!opened) return forward(opened);
  // A virtual device on top of a kernel device has that device's link.
  if (d->hardware_ || r.kernel_devices.empty())
    d->watch_ = d->eal_->watch([device = d.get()] { device->look(); });
  return d;
}

void DpdkDevice::remove() noexcept {
  if (id_ != kNone) {
    if (timesync_) rte_eth_timesync_disable(id_);
    rte_eth_dev_stop(id_);
    rte_device* device = nullptr;
    if (rte_eth_dev_info info{}; rte_eth_dev_info_get(id_, &info) == 0) device = info.device;
    rte_eth_dev_close(id_);
    if (device != nullptr) rte_dev_remove(device);
  }
  for (auto* pools : {&tx_pools_, &rx_pools_})
    for (rte_mempool* pool : *pools) rte_mempool_free(pool);
}

DpdkDevice::~DpdkDevice() {
  if (watch_) eal_->unwatch(*watch_);
  if (eal_ != nullptr) (void)eal_->call(netns_, [this] { remove(); });
}

}  // namespace hopcost::pktgen
