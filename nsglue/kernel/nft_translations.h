// Destinations that the packet filter of a namespace translates: rules of nftables, and those that
// iptables-nft makes. Those of iptables-legacy are not shown over netlink. One thread per socket. Includes
// base/ and topology/.
#pragma once

#include <cstdint>
#include <vector>

#include "base/netlink/socket.h"
#include "base/result.h"
#include "nsglue/topology/address.h"

namespace hopcost::nsglue {

/// A UDP port that leads elsewhere.
struct Translation {
  std::uint16_t port = 0;  ///< as packets carry it when they come.
  Prefix to;               ///< the address after translation; the prefix length is the full one.
  std::uint16_t to_port = 0;
  friend bool operator==(const Translation&, const Translation&) = default;
};

/// Those of UDP in every table and chain, in the order of the dump. `netfilter` is a socket of
/// NETLINK_NETFILTER. A kernel without nf_tables has none. Errors: kPrivilege.
[[nodiscard]] Result<std::vector<Translation>> read_translations(netlink::Socket& netfilter);

}  // namespace hopcost::nsglue
