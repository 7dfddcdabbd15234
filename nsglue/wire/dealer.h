// A way to deal a NIC's frames out to instances by their source MAC address. There are two: bpf_dealer.h and
// macvlan_dealer.h; nic.h chooses. What a dealer puts on the NIC goes with it. One owner thread. Includes
// base/ and the floors below.
#pragma once

#include <string>

#include "base/result.h"
#include "nsglue/kernel/namespaces.h"
#include "nsglue/topology/address.h"
#include "nsglue/topology/topology.h"

namespace hopcost::nsglue {

class Dealer {
 public:
  Dealer() = default;
  Dealer(const Dealer&) = delete;
  Dealer& operator=(const Dealer&) = delete;
  virtual ~Dealer() = default;

  /// From now on the NIC's frames from `from` leave by the topology's sender device. `at` is the sender's
  /// namespace; what is made there goes with it. `topology` has Ethernet on its wire. Gives the destination
  /// address that the frames have to carry. Errors: the kernel's.
  [[nodiscard]] virtual Result<std::string> deal(const Topology& topology, Namespace& at,
                                                 const Mac& from) = 0;
  /// Ends deal() for the address. One that is not dealt is no error.
  virtual void withhold(const Mac& from) noexcept = 0;
};

}  // namespace hopcost::nsglue
