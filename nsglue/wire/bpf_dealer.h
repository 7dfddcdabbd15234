// Deals frames by a BPF program at the NIC's ingress (kernel/deal_program.h). It gives a frame the addresses
// that the topology has on its wire. One owner thread. Includes base/ and the floors below.
#pragma once

#include <memory>

#include "base/fd.h"
#include "base/netlink/socket.h"
#include "nsglue/wire/dealer.h"
#include "nsglue/wire/nic_facts.h"

namespace hopcost::nsglue {

class BpfDealer final : public Dealer {
 public:
  /// Attaches the program, which lets frames of no instance pass. Errors: kPrivilege; kMissing when the
  /// kernel has not what it takes (Linux 5.10 with BPF).
  [[nodiscard]] static Result<std::unique_ptr<Dealer>> open(const NicFacts& nic);
  ~BpfDealer() override;

  [[nodiscard]] Result<std::string> deal(const Topology& topology, Namespace& at, const Mac& from) override;
  void withhold(const Mac& from) noexcept override;

 private:
  BpfDealer(const NicFacts& nic, netlink::Socket rtnetlink) : nic_(nic), rtnetlink_(std::move(rtnetlink)) {}
  [[nodiscard]] Result<void> attach();

  NicFacts nic_;
  netlink::Socket rtnetlink_;
  Fd map_, program_;
  Fd link_;  // of tcx, goes with the process, however it ends; none on kernels before 6.6: there a tc filter
};

}  // namespace hopcost::nsglue
