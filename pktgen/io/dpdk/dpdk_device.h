// One DPDK port with its queues and the frames' memory: set-up and ownership. DpdkTx (sending) and DpdkRx
// (receiving) share it.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "pktgen/io/clock/followed_clock.h"
#include "pktgen/io/dpdk/eal.h"
#include "pktgen/io/dpdk/timesync.h"
#include "pktgen/io/tx_ledger.h"
#include "wire/address.h"

struct rte_mempool;

namespace hopcost::pktgen {

/// What open() is asked for.
struct DpdkRequest {
  std::string devargs;  ///< A PCI address, or a virtual device with its arguments.
  std::string pci;      ///< The address if `devargs` is one, else empty.
  std::uint32_t hugepages_mib = 0;
  std::uint32_t limit_mbps = 0;  ///< Rate limit that the NIC shall keep for each queue; 0: none.
  bool any_carrier = false;      ///< A link that goes is no fault: it may come back.
  bool send = true;
  bool receive = false;
  std::uint16_t queues = 1;  ///< Of each direction.
  std::uint32_t mtu = 0;     ///< MTU of the kernel device underneath; 0: there is none, use the driver's.
  std::vector<TxLedger> kernel_devices;  ///< Kernel devices that the port sends through.
};

class DpdkDevice {
 public:
  /// In the calling thread's namespace. Errors: of Eal::start(); kMissing when DPDK has no driver for the
  /// device, the link stays down, or a limit is asked for that the device can't keep; kUsage when it is above
  /// the link's speed; kFailure with DPDK's own words.
  [[nodiscard]] static Result<std::shared_ptr<DpdkDevice>> open(const DpdkRequest& r);
  DpdkDevice(const DpdkDevice&) = delete;
  /// Stops, closes and removes the port in the namespace it was opened in.
  ~DpdkDevice();

  [[nodiscard]] std::uint16_t id() const noexcept { return id_; }
  [[nodiscard]] std::uint16_t queues() const noexcept { return queues_; }
  /// Memory of one queue's frames to send; separate from that of received frames.
  [[nodiscard]] rte_mempool* tx_pool(std::uint16_t queue) const noexcept { return tx_pools_[queue]; }
  [[nodiscard]] std::uint32_t frame_bytes() const noexcept {
    return frame_bytes_;
  }  ///< A frame's room, no FCS.
  /// LinkState::fault of the kernel devices underneath; without such a device what DPDK's driver says,
  /// checked ten times a second.
  [[nodiscard]] int failed() const noexcept {
    for (const TxLedger& device : kernel_devices_)
      if (const int fault = device.fault(); fault != 0) return fault;
    return failed_.load(std::memory_order_relaxed);
  }
  [[nodiscard]] const std::vector<TxLedger>& kernel_devices() const noexcept { return kernel_devices_; }
  /// Checks the link now; for a port that is used again after a failure.
  void look() noexcept;

  [[nodiscard]] const std::string& driver() const noexcept { return driver_; }
  [[nodiscard]] MacAddress mac() const noexcept { return mac_; }
  [[nodiscard]] std::uint32_t mtu() const noexcept { return mtu_; }
  [[nodiscard]] int numa() const noexcept { return numa_; }
  /// As the driver says; virtual devices may make it up. 0: unknown.
  [[nodiscard]] std::uint32_t link_mbps() const noexcept { return link_mbps_; }
  /// Whether received frames carry stamps of a clock that can be read.
  [[nodiscard]] bool stamps_received() const noexcept { return stamps_received_; }
  /// The clock of received frames' stamps, with its rate learned; nothing on a port that has none or does not
  /// receive. Each user follows a copy.
  [[nodiscard]] const std::optional<FollowedClock>& stamp_clock() const noexcept { return stamp_clock_; }
  /// Reads that clock, in its own ticks. False when it can't be read.
  [[nodiscard]] bool read_stamp_clock(std::uint64_t& ticks) const noexcept;
  /// The port's own clock and stamps, where the driver has them.
  [[nodiscard]] const std::optional<Timesync>& timesync() const noexcept { return timesync_; }
  /// Whether the device can limit its queues' rates.
  [[nodiscard]] bool limits_rate() const noexcept { return limits_rate_; }
  [[nodiscard]] bool hardware() const noexcept { return hardware_; }  ///< A PCI device.
  /// Further abilities of the hardware, which pktgen does not use: send-on-time.
  [[nodiscard]] const std::vector<std::string>& abilities() const noexcept { return abilities_; }

 private:
  DpdkDevice() = default;
  // These run on the environment's thread (eal.h).
  [[nodiscard]] Result<void> probe(const DpdkRequest& r);
  [[nodiscard]] Result<void> describe_port(const DpdkRequest& r);
  [[nodiscard]] Result<void> make_pools(const DpdkRequest& r);
  [[nodiscard]] Result<void> configure(const DpdkRequest& r);
  [[nodiscard]] Result<void> set_up_queue(std::uint16_t queue);
  void find_clocks(const DpdkRequest& r);
  [[nodiscard]] Result<void> await_link(const DpdkRequest& r);
  [[nodiscard]] Result<void> set_limits(const DpdkRequest& r);
  void remove() noexcept;

  Eal* eal_ = nullptr;
  Fd netns_;
  std::uint16_t id_ = kNone;
  std::string name_, driver_;
  MacAddress mac_;
  std::uint32_t mtu_ = 0, frame_bytes_ = 0;
  std::uint16_t rx_slots_ = 0, tx_slots_ = 0;
  int numa_ = -1;
  bool hardware_ = false, can_stamp_ = false, stamps_received_ = false, limits_rate_ = false;
  bool any_carrier_ = false;
  bool raw_clock_ = false;  // the stamps' clock is rte_eth_read_clock()'s, else timesync's
  std::uint32_t link_mbps_ = 0;
  std::vector<std::string> abilities_;
  std::vector<TxLedger> kernel_devices_;
  std::uint16_t queues_ = 1;
  std::vector<rte_mempool*> tx_pools_, rx_pools_;  // one a queue; rx_pools_ empty when it does not receive
  std::atomic<int> failed_{0};
  std::optional<Eal::Watch> watch_;
  std::atomic_flag timesync_taken_;
  std::optional<Timesync> timesync_;
  std::optional<FollowedClock> stamp_clock_;
  static constexpr std::uint16_t kNone = 0xffff;
};

}  // namespace hopcost::pktgen
