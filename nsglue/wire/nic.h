// A network interface that plays the wire of modes on a bench of two hosts. The tester sends from one source
// address for each mode. A BPF program (kernel/dealer.h) hands a frame to the sender device of its mode, as
// if it had left there. The way is the same for every mode, host too. One owner thread. Includes base/ and
// the floors below.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "base/fd.h"
#include "base/netlink/socket.h"
#include "base/result.h"
#include "nsglue/kernel/dealer.h"
#include "nsglue/topology/topology.h"

namespace hopcost::nsglue {

/// An interface of the calling thread's namespace.
struct NicFacts {
  std::string device, mac;
  std::uint32_t mtu = 0;
  std::uint32_t tx_queues = 0, rx_queues = 0;
};

/// Looks at an interface that is to carry test traffic. `session`: what ssh calls SSH_CONNECTION, or empty.
/// Errors: kMissing when there is none of that name, or it has no carrier; kRefused when it, or what sits on
/// it, carries the default route or the session.
[[nodiscard]] Result<NicFacts> look_at_nic(const std::string& device, const std::string& session);

/// The addresses of frames between the two hosts.
struct WireAddresses {
  std::string from, to;  ///< "02:68:63:9a:41:07"; `from` is the mode's own, `to` the NIC's.
};

/// The NIC with a program at its ingress; the destructor takes the program off.
class DealingNic {
 public:
  /// Attaches the program, which lets frames of no mode pass. First takes off one that a dead run left.
  /// Errors: as look_at_nic(); kPrivilege; kMissing when the kernel has not what it takes (Linux 5.10 with
  /// BPF).
  [[nodiscard]] static Result<DealingNic> open(const std::string& device, const std::string& session);
  DealingNic(DealingNic&&) noexcept = default;
  DealingNic& operator=(DealingNic&&) = delete;
  ~DealingNic();

  [[nodiscard]] const NicFacts& facts() const noexcept { return facts_; }

  /// From now on frames from the address that is given back go to the instance's sender device, with the
  /// addresses that the topology has there. The instance must stand. Errors: the kernel's.
  [[nodiscard]] Result<WireAddresses> deal(const Topology& topology, const std::string& instance);
  /// Ends deal() for the instance. The way to it goes with its namespaces. Unknown instances are no error.
  void withhold(const std::string& instance) noexcept;

 private:
  DealingNic(NicFacts facts, netlink::Socket rtnetlink)
      : facts_(std::move(facts)), rtnetlink_(std::move(rtnetlink)) {}
  [[nodiscard]] Result<void> attach();

  NicFacts facts_;
  netlink::Socket rtnetlink_;
  unsigned index_ = 0;
  Fd map_, program_;
  Fd link_;  // of tcx, goes with the process, however it ends; none on kernels before 6.6: there a tc filter
  std::uint16_t run_ = 0;
  std::uint8_t next_ = 0;
  std::map<std::string, DealKey> dealt_;
};

}  // namespace hopcost::nsglue
