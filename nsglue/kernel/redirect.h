// BPF programs that send what comes into a device out of, or into the peer of, another one: at tc's ingress
// or as XDP. Made of five instructions each, so that no library is needed; they belong to the device, and go
// with it. One thread per socket. Includes base/ and topology/.
#pragma once

#include <map>
#include <string>

#include "base/netlink/socket.h"
#include "base/result.h"
#include "nsglue/topology/topology.h"

namespace hopcost::nsglue {

/// Attaches the program to the device with `index`, in the namespace of the socket; `to_index` is of the same
/// namespace. Errors: kPrivilege (programs can't be loaded), kMissing (the kernel has not the hook or the
/// helper).
[[nodiscard]] Result<void> attach_redirect(netlink::Socket& rtnetlink, const Redirect& redirect,
                                           unsigned index, unsigned to_index);

/// What is attached to tc's ingress of a device: for ours, redirect_name().
[[nodiscard]] Result<std::string> read_redirect(netlink::Socket& rtnetlink, unsigned index);

/// "hopcost redirect to v0 peer".
[[nodiscard]] std::string redirect_name(const Redirect& redirect);

/// Whether the kernel takes such a program; nothing is attached.
[[nodiscard]] Result<void> try_redirect(const Redirect& redirect);

}  // namespace hopcost::nsglue
