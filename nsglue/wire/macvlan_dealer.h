// Deals frames where the kernel takes no BPF program. Each instance has a macvlan on the NIC in mode source:
// it gets the frames from the instance's address, whatever their destination. The macvlan is in the sender's
// namespace. There a bridge takes its frames on to the sender device, by which they leave; no frame goes the
// other way.
//
// Nobody rewrites addresses, so frames carry the destination that the topology has on its wire. The NIC is
// not to drop it, so a packet socket adds the address to those that the NIC listens to. The kernel takes it
// off when the socket goes, however the process ends. As ports of a bridge listen to everything, newer
// kernels make the NIC promiscuous as well, for as long as a macvlan is there.
//
// Macvlan and bridge go with the sender's namespace. One owner thread. Includes base/ and the floors below.
#pragma once

#include <map>
#include <memory>

#include "base/fd.h"
#include "base/netlink/socket.h"
#include "nsglue/wire/dealer.h"
#include "nsglue/wire/nic_facts.h"

namespace hopcost::nsglue {

class MacvlanDealer final : public Dealer {
 public:
  /// Tries whether the kernel makes what deal() needs; nothing stays. Errors: kPrivilege; kMissing when it
  /// has no macvlan of mode source (Linux 3.18) or no bridge, with the module's name; kRefused when the NIC
  /// can have no macvlan because it is a port of another device.
  [[nodiscard]] static Result<std::unique_ptr<Dealer>> open(const NicFacts& nic);

  [[nodiscard]] Result<std::string> deal(const Topology& topology, Namespace& at, const Mac& from) override;
  void withhold(const Mac& from) noexcept override;

 private:
  MacvlanDealer(const NicFacts& nic, netlink::Socket rtnetlink)
      : nic_(nic), rtnetlink_(std::move(rtnetlink)) {}

  NicFacts nic_;
  netlink::Socket rtnetlink_;
  std::map<Mac, Fd> listening_;  // by source address: the socket that has the NIC listen to the destination
};

}  // namespace hopcost::nsglue
