#include "nsglue/wire/bpf_dealer.h"

#include <linux/if_ether.h>

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "base/netns.h"
#include "nsglue/kernel/deal_program.h"
#include "nsglue/kernel/links.h"
#include "nsglue/kernel/redirect.h"
#include "nsglue/topology/names.h"

namespace hopcost::nsglue {
namespace {

DealKey key_of(const Mac& from) {
  DealKey key{};
  std::ranges::copy(from, key.begin());
  return key;
}

Device veth_end(DeviceRef at, std::uint32_t mtu) {
  Device d;
  d.at = std::move(at);
  d.kind = "veth";
  d.mtu = mtu;
  return d;
}

/// Makes a veth pair whose inner end is beside the topology's sender. Gives the outer end's index in this
/// namespace.
Result<unsigned> make_veth_feeder(Namespace& at, const DeviceRef& sender, std::uint32_t mtu) {
  auto here = open_netns("");
  if (!here) return forward(here);
  const Device inner = veth_end({sender.node, kFeeder}, mtu), outer = veth_end({"", "hcwire%d"}, mtu);
  LinkPlace place;
  place.home_fd = at.fd.get();
  place.peer_fd = here->get();
  if (auto done = create_link(at.rtnetlink, *find_kind("veth"), inner, &outer, place); !done)
    return forward(done);
  auto links = read_links(at.rtnetlink);
  if (!links) return forward(links);
  const LinkState& feeder = (*links)[kFeeder];
  if (auto done = set_up(at.rtnetlink, feeder.index, kFeeder); !done) return forward(done);
  const Redirect onwards{.at = inner.at, .to = sender, .hook = "tc", .how = "device"};
  auto done = attach_redirect(at.rtnetlink, onwards, feeder.index, (*links)[sender.device].index);
  if (!done) return forward(done);
  return feeder.lower_index;
}

}  // namespace

Result<std::unique_ptr<Dealer>> BpfDealer::open(const NicFacts& nic) {
  auto rtnetlink = netlink::Socket::open(NETLINK_ROUTE);
  if (!rtnetlink) return forward(rtnetlink);
  std::unique_ptr<BpfDealer> dealer(new BpfDealer(nic, std::move(*rtnetlink)));
  if (auto done = dealer->attach(); !done) return forward(done);
  return dealer;
}

Result<void> BpfDealer::attach() {
  auto table = make_deal_table();
  if (!table) return forward(table);
  map_ = std::move(*table);
  auto program = load_dealer(map_);
  if (!program) return forward(program);
  auto link = link_dealer(*program, nic_.index);
  if (!link) return forward(link);
  link_ = std::move(*link);
  program_ = std::move(*program);
  return link_.valid() ? Result<void>() : filter_dealer(rtnetlink_, program_, nic_.index);
}

BpfDealer::~BpfDealer() {
  if (!program_.valid() || link_.valid()) return;  // nothing is attached, or it goes with the link
  if (auto done = remove_dealer_filter(rtnetlink_, nic_.index); !done)
    log_error("{}", describe(done.error()));
}

Result<std::string> BpfDealer::deal(const Topology& topology, Namespace& at, const Mac& from) {
  auto outer = make_veth_feeder(at, topology.sender, nic_.mtu);
  if (!outer) return forward(outer);
  Dealt dealt{.outer_index = *outer};
  const Mac wire_to = *parse_mac(topology.find(topology.next_hop)->mac),
            wire_from = *parse_mac(topology.find(topology.sender)->mac);
  std::ranges::copy(wire_to, dealt.addresses.begin());
  std::ranges::copy(wire_from, dealt.addresses.begin() + ETH_ALEN);
  if (auto done = put_dealt(map_, key_of(from), dealt); !done) return forward(done);
  return nic_.mac;
}

void BpfDealer::withhold(const Mac& from) noexcept {
  remove_dealt(map_, key_of(from));
}

}  // namespace hopcost::nsglue
