#include "nsglue/wire/nic.h"

#include <fmt/format.h>

#include <random>
#include <utility>

#include "base/netlink/socket.h"
#include "nsglue/kernel/deal_program.h"
#include "nsglue/kernel/namespaces.h"
#include "nsglue/wire/bpf_dealer.h"
#include "nsglue/wire/macvlan_dealer.h"

namespace hopcost::nsglue {
namespace {

/// Whether another dealer may be had where this one failed.
bool is_lacking(const Error& e) {
  return e.code == Exit::kMissing || e.code == Exit::kPrivilege;
}

/// Without its hint.
std::string in_a_line(const Error& e) {
  return describe({e.what, e.err, {}, {}});
}

Result<void> take_off_a_dead_runs_program(const NicFacts& nic) {
  auto rtnetlink = netlink::Socket::open(NETLINK_ROUTE);
  if (!rtnetlink) return forward(rtnetlink);
  return remove_dealer_filter(*rtnetlink, nic.index);
}

}  // namespace

DealingNic::DealingNic(NicFacts facts)
    : facts_(std::move(facts)), run_(static_cast<std::uint16_t>(std::random_device{}())) {}

Result<DealingNic> DealingNic::open(const std::string& device, const std::string& session,
                                    const std::string& wire) {
  auto facts = look_at_nic(device, session);
  if (!facts) return forward(facts);
  if (auto gone = take_off_a_dead_runs_program(*facts); !gone) return forward(gone);
  DealingNic nic(std::move(*facts));
  if (auto chosen = nic.choose(wire); !chosen) return forward(chosen);
  return nic;
}

Result<void> DealingNic::choose(const std::string& wire) {
  if (wire != "auto" && wire != "bpf" && wire != "macvlan")
    return error(Exit::kUsage, fmt::format("frames can't be dealt by '{}'", wire),
                 "there are auto, bpf and macvlan");
  if (wire != "macvlan") {
    auto dealer = BpfDealer::open(facts_);
    if (!dealer && (wire == "bpf" || !is_lacking(dealer.error()))) return forward(dealer);
    if (dealer) {
      wire_ = "bpf";
      dealer_ = std::move(*dealer);
      return {};
    }
    reason_ = in_a_line(dealer.error());
  }
  auto dealer = MacvlanDealer::open(facts_);
  if (!dealer) {
    Error e = std::move(dealer).error();
    if (!reason_.empty()) e.what = fmt::format("{}, and without BPF {}", reason_, in_a_line(e));
    return std::unexpected(std::move(e));
  }
  wire_ = "macvlan";
  dealer_ = std::move(*dealer);
  return {};
}

Result<WireAddresses> DealingNic::deal(const Topology& topology, const std::string& instance) {
  for (const DeviceRef& end : {topology.next_hop, topology.sender}) {
    if (parse_mac(topology.find(end)->mac)) continue;
    return error(Exit::kUsage, fmt::format("{} has no Ethernet on its wire", topology.name),
                 "a NIC can't play its wire: leave it out of --modes");
  }
  auto at = open_namespace(topology.namespace_of(instance, topology.sender.node));
  if (!at) return forward(at);
  // Locally administered: 02, "hc", the run, the instance.
  const Mac from = {0x02,   0x68, 0x63, static_cast<std::uint8_t>(run_ >> 8), static_cast<std::uint8_t>(run_),
                    next_++};
  auto to = dealer_->deal(topology, *at, from);
  if (!to) return forward(to);
  dealt_[instance] = from;
  return WireAddresses{mac_text(from.data()), *to};
}

void DealingNic::withhold(const std::string& instance) noexcept {
  const auto it = dealt_.find(instance);
  if (it == dealt_.end()) return;
  dealer_->withhold(it->second);
  dealt_.erase(it);
}

}  // namespace hopcost::nsglue
