// The packet filter's rules of a node over netlink: made, and read back. One thread per socket. Includes
// base/ and topology/.
#pragma once

#include <sys/socket.h>

#include <deque>
#include <string>
#include <vector>

#include "base/netlink/socket.h"
#include "base/result.h"
#include "nsglue/kernel/nft_rule.h"
#include "nsglue/topology/topology.h"

namespace hopcost::nsglue {

/// A chain that packets pass without being sent there.
struct NftChain {
  const char* name;
  const char* type;  ///< "nat" or "filter".
  NftHook hook;
  NftPriority priority;
  bool drops;  ///< drops what no rule accepts.
};

/// Our chains and rules of one family in one node. Those in iptables' dialect are in two tables, because its
/// targets go into no others: "nat" and "filter".
struct NftTable {
  int family;  ///< AF_INET or AF_INET6.
  [[nodiscard]] const char* family_name() const noexcept { return family == AF_INET ? "ip" : "ip6"; }
  std::vector<NftChain> chains;
  std::deque<NftRule> rules;  ///< in their order, which counts within a chain.
  std::string name = kNftTable;
};

/// The rules that Docker makes for the published ports of a node: translation of what comes to one of its
/// addresses, masquerading of what leaves for elsewhere, and a forward chain that drops everything except
/// answers, published ports and what comes from a container. And masquerading of what leaves by a device that
/// says so. Empty where there is neither.
[[nodiscard]] std::deque<NftTable> tables_of(const Topology& topology, const std::string& node);
/// The same, for only the published ports and devices of `part`.
[[nodiscard]] std::deque<NftTable> tables_of(const Topology& topology, const Topology& part,
                                             const std::string& node);

/// Makes the tables in the socket's namespace. Rules go behind those of tables that stand. All or nothing up
/// to about a hundred rules; of more some may stand after an error. `netfilter` is a socket of
/// NETLINK_NETFILTER.
[[nodiscard]] Result<void> make_tables(netlink::Socket& netfilter, std::deque<NftTable>& tables);

/// One difference in the packet filter.
struct NftDifference {
  std::string what, expected, found;
};
/// Differences between the tables and what stands in the socket's namespace; a table of others is one.
/// Errors: the kernel's, unless nothing should stand.
[[nodiscard]] Result<std::vector<NftDifference>> compare_tables(netlink::Socket& netfilter,
                                                                std::deque<NftTable>& tables);

/// The chains of other tables than ours that drop what none of their rules accepts, as "ip filter FORWARD
/// (hook forward)". Those of iptables-legacy are not shown over netlink. A kernel without nf_tables has none.
/// Errors: kPrivilege.
[[nodiscard]] Result<std::vector<std::string>> read_dropping_chains(netlink::Socket& netfilter);

}  // namespace hopcost::nsglue
