// The BPF program that deals a NIC's frames out to modes: by a frame's source MAC address it looks up in a
// table which mode's veth pair gets the frame, and with which addresses. It has some twenty instructions, so
// that no library is needed. Set-up only. Includes base/.
#pragma once

#include <array>
#include <cstdint>

#include "base/fd.h"
#include "base/netlink/socket.h"
#include "base/result.h"

namespace hopcost::nsglue {

/// Where frames of one source address go.
struct Dealt {
  std::uint32_t outer_index = 0;                ///< The outer end of a veth pair: frames come in at its peer.
  std::array<std::uint8_t, 12> addresses = {};  ///< What becomes of destination and source.
};
/// The six bytes of a source address, and two of 0.
using DealKey = std::array<std::uint8_t, 8>;

/// A table of 64 rows at most. Errors: kPrivilege; kMissing without BPF.
[[nodiscard]] Result<Fd> make_deal_table();
/// Errors: the kernel's.
[[nodiscard]] Result<void> put_dealt(const Fd& table, const DealKey& key, const Dealt& dealt);
/// Removes the key's row. A missing row is no error.
void remove_dealt(const Fd& table, const DealKey& key) noexcept;

/// Errors: kPrivilege; kMissing without bpf_redirect_peer() (Linux 5.10).
[[nodiscard]] Result<Fd> load_dealer(const Fd& table);

/// Attaches the program at the device's tc ingress until the returned descriptor is closed. An empty
/// descriptor: this kernel has no tcx (before 6.6).
/// Errors: the kernel's.
[[nodiscard]] Result<Fd> link_dealer(const Fd& program, unsigned index);
/// The same as a tc filter, which stays until remove_dealer_filter().
[[nodiscard]] Result<void> filter_dealer(netlink::Socket& rtnetlink, const Fd& program, unsigned index);
/// Takes it off; the clsact qdisc too, when nothing else is there. One that is not there is no error.
[[nodiscard]] Result<void> remove_dealer_filter(netlink::Socket& rtnetlink, unsigned index);

}  // namespace hopcost::nsglue
