// Links over rtnetlink: create, change, read back. One thread per socket. Includes base/, kinds/ and
// topology/.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/netlink/socket.h"
#include "base/result.h"
#include "nsglue/kinds/kind.h"
#include "nsglue/topology/topology.h"

namespace hopcost::nsglue {

/// A device as the kernel shows it. Indices are of the namespace that was asked, except `lower_index` of a
/// veth or macvlan whose other side is in another namespace.
struct LinkState {
  unsigned index = 0;
  std::string name, kind, mac, qdisc, port_kind;
  std::uint32_t mtu = 0, txqueuelen = 0, flags = 0, promiscuity = 0, tx_queues = 0, rx_queues = 0;
  std::uint8_t operstate = 0;  ///< RFC 2863 as IF_OPER_* of linux/if.h.
  unsigned master_index = 0;   ///< 0: none.
  unsigned lower_index = 0;    ///< IFLA_LINK: the peer, or the device below.
  int lower_netnsid = -1;  ///< whose namespace `lower_index` is of, as this one numbers them; -1: its own.
  bool xdp = false;        ///< a program is attached.

  /// "up" when packets pass, else what is wrong. A master's own operstate lags up to a second behind
  /// (link_watch.c) and is of no weight to its ports, so its carrier counts.
  [[nodiscard]] std::string state() const;
  std::map<std::string, std::string> options, port;  ///< by the kinds' tables, as words.
};

/// Where a new device goes. `index` and `peer_index` must differ: link_watch.c (linkwatch_urgent_event) takes
/// a device whose other end has the same index for one without, and then lets its carrier wait up to a
/// second. The descriptors are network namespaces and are only read.
struct LinkPlace {
  unsigned index = 0;        ///< the device's index in its namespace.
  unsigned peer_index = 0;   ///< the peer's in its own (kPair).
  int home_fd = -1;          ///< of the device.
  int peer_fd = -1;          ///< of its peer (kPair).
  unsigned lower_index = 0;  ///< in the namespace of the socket (kOnLower).
};

/// Creates `device`, and `peer` with it when its kind makes pairs (else null).
/// Errors: kMissing when this kernel has no such kind, with the module's name.
[[nodiscard]] Result<void> create_link(netlink::Socket& rtnetlink, const LinkKind& kind, const Device& device,
                                       const Device* peer, const LinkPlace& place);

/// Gives a device that is there, in the socket's namespace, what `device` says that every kind has.
[[nodiscard]] Result<void> change_link(netlink::Socket& rtnetlink, const Device& device, unsigned index);

/// Whether this kernel makes links of the kind. It is tried, so a device may be left in the socket's
/// namespace. The kernel loads the kind's module for it where it can. Errors: the kernel's, where nothing can
/// be made in that namespace.
[[nodiscard]] Result<bool> has_kind(netlink::Socket& rtnetlink, const LinkKind& kind);

/// Makes a device a port of `master_index`, with the port's settings.
[[nodiscard]] Result<void> enslave(netlink::Socket& rtnetlink, unsigned index, unsigned master_index,
                                   const LinkKind& master_kind, const Device& device);

/// Sets IFF_UP; `name` is for errors.
[[nodiscard]] Result<void> set_up(netlink::Socket& rtnetlink, unsigned index, const std::string& name);

/// Removes a device, and its other end with it. Errors: kMissing when there is none of that name.
[[nodiscard]] Result<void> delete_link(netlink::Socket& rtnetlink, const std::string& device);

/// One device. Errors: kMissing when there is none of that index.
[[nodiscard]] Result<LinkState> read_link(netlink::Socket& rtnetlink, unsigned index);

/// Every device of the namespace, by name.
[[nodiscard]] Result<std::map<std::string, LinkState>> read_links(netlink::Socket& rtnetlink);

}  // namespace hopcost::nsglue
