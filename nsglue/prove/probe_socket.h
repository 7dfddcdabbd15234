// Sends the probes: by a UDP socket along the declared path, or as frames of our own where the kernel would
// not send them. One thread. Includes base/ and topology/.
#pragma once

#include <cstdint>
#include <string>

#include "base/fd.h"
#include "base/result.h"
#include "nsglue/prove/watch.h"
#include "nsglue/topology/address.h"
#include "nsglue/topology/topology.h"

namespace hopcost::nsglue {

/// A UDP socket in the calling thread's namespace, bound to `port` of every address of the family.
[[nodiscard]] Result<Fd> udp_socket(int family, std::uint16_t port);

/// Sends one probe; the kernel makes its headers.
[[nodiscard]] Result<void> send_probe(const Fd& socket, const Prefix& to, std::uint16_t port,
                                      const ProbeMark& mark);

/// Sends one probe as a frame of our own out of `from` of the calling thread's namespace: from its first IPv4
/// address, or none, to the first of `to`.
[[nodiscard]] Result<void> send_frame(const Device& from, const Device& to, const std::string& next_hop_mac,
                                      std::uint16_t port, const ProbeMark& mark);

/// How many probes of `run` are waiting at a UDP socket. Takes them.
[[nodiscard]] int receive_probes(const Fd& socket, std::uint32_t run);

}  // namespace hopcost::nsglue
