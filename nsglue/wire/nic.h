// A network interface that plays the wire of modes on a bench of two hosts. The tester sends from one source
// address for each mode. A dealer (dealer.h) hands a frame to the sender device of its mode, which it leaves
// by. The way is the same for every mode, host too. One owner thread. Includes base/ and the floors below.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "base/result.h"
#include "nsglue/topology/address.h"
#include "nsglue/topology/topology.h"
#include "nsglue/wire/dealer.h"
#include "nsglue/wire/nic_facts.h"

namespace hopcost::nsglue {

/// The addresses of frames between the two hosts.
struct WireAddresses {
  std::string from, to;  ///< "02:68:63:9a:41:07"; `from` is the mode's own.
};

/// The NIC with a dealer; the destructor takes off what the dealer put there.
class DealingNic {
 public:
  /// `wire`: "bpf", "macvlan", or "auto", which is bpf where the kernel takes the program, else macvlan.
  /// First takes off a program that a dead run left. Errors: as look_at_nic(); kUsage for another word; those
  /// of the dealers' open().
  [[nodiscard]] static Result<DealingNic> open(const std::string& device, const std::string& session,
                                               const std::string& wire);

  [[nodiscard]] const NicFacts& facts() const noexcept { return facts_; }
  /// "bpf" or "macvlan".
  [[nodiscard]] const std::string& wire() const noexcept { return wire_; }
  /// Why it is macvlan though nobody asked for it; else empty.
  [[nodiscard]] const std::string& reason() const noexcept { return reason_; }

  /// From now on frames with the addresses that are given back leave by the instance's sender device. The
  /// instance must stand. Errors: kUsage when its wire has no Ethernet; the kernel's.
  [[nodiscard]] Result<WireAddresses> deal(const Topology& topology, const std::string& instance);
  /// Ends deal() for the instance. The way to it goes with its namespaces. Unknown instances are no error.
  void withhold(const std::string& instance) noexcept;

 private:
  explicit DealingNic(NicFacts facts);
  [[nodiscard]] Result<void> choose(const std::string& wire);

  NicFacts facts_;
  std::string wire_, reason_;
  std::unique_ptr<Dealer> dealer_;
  std::uint16_t run_ = 0;
  std::uint8_t next_ = 0;
  std::map<std::string, Mac> dealt_;
};

}  // namespace hopcost::nsglue
