// What DPDK 22.11's drivers and its ethdev library share (lib/ethdev/ethdev_driver.h there), as far as a test
// needs it: Debian ships the libraries and not that header. Only a file that sees rte_*.h includes this.
#pragma once

#include <rte_ethdev.h>
#include <rte_version.h>

#include <array>
#include <cstddef>
#include <cstdint>

namespace hopcost::pktgen::ethdev {

static_assert(RTE_VER_YEAR == 22 && RTE_VER_MONTH == 11, "the layout below is that release's");

using Function = void (*)();
using TxBurst = std::uint16_t (*)(void* queue, rte_mbuf** frames, std::uint16_t n);

/// Places in eth_dev_ops, which is nothing but functions.
enum Op : std::size_t {
  kDevConfigure = 0,
  kLinkUpdate = 7,
  kDevInfosGet = 24,
  kSetQueueRateLimit = 59,
  kTimesyncEnable = 72,
  kTimesyncDisable,
  kTimesyncReadRxTimestamp,
  kTimesyncReadTxTimestamp,
  kTimesyncReadTime = 77,
  kReadClock = 79,
  kOps = 113
};
using Ops = std::array<Function, kOps>;

/// The head of rte_eth_dev_data.
struct Data {
  std::array<char, RTE_ETH_NAME_MAX_LEN> name;
  void **rx_queues, **tx_queues;
  std::uint16_t nb_rx_queues, nb_tx_queues;
  rte_eth_dev_sriov sriov;
  void* dev_private;
  rte_eth_link link;
  rte_eth_conf conf;
};

/// rte_eth_dev.
struct alignas(RTE_CACHE_LINE_SIZE) Device {
  Function rx_burst;
  TxBurst tx_burst;
  std::array<Function, 4> others;
  Data* data;
  void* process_private;
  const Ops* ops;
  rte_device* device;
  void* intr_handle;
  std::array<void*, 2> link_intr_cbs;
  std::array<void*, std::size_t{2} * RTE_MAX_QUEUES_PER_PORT> burst_cbs;
  int state;
  void* security_ctx;
};

/// rte_eth_devices, RTE_MAX_ETHPORTS of them.
extern "C" Device rte_eth_devices[];

}  // namespace hopcost::pktgen::ethdev
