// A topology with many containers side by side on its one wire, made from a file's that has one. Pure; any
// thread. Includes base/, kinds/ and topology.h.
//
// Shared are the sender's node, the node at the wire's other end, and what of their devices has to do with no
// container. All else each container has of its own: nodes NODE_1, NODE_2 and so on, with devices of the
// file's names, and on shared nodes devices DEVICE_1, DEVICE_2. Where packets end on a shared node (mode
// host), the "containers" are sockets on ports of their own.
//
// A subnet that a shared device has an address on stays one: 198.18.(16 k).0/20 or 2001:2:0:k::/64, where the
// file's host number d becomes d + 16 i for container i, counted from 0. Any other subnet is each container's
// own: 198.19.i.(16 j)/28 or 2001:2:0:(1000 + 16 i + j)::/64, in hexadecimal. Ports are the file's + 16 i,
// where containers share the address that packets carry. MAC addresses count in their fourth byte, tunnels in
// their identifier.
#pragma once

#include <cstddef>

#include "base/result.h"
#include "nsglue/topology/topology.h"

namespace hopcost::nsglue {

inline constexpr unsigned kMostContainers = 256;

/// What a topology of `n` containers is called: NAME.xN; with 1 NAME.
[[nodiscard]] std::string many_name(const std::string& name, unsigned n);

/// `topology` with `n` containers, 1 to kMostContainers; with 1 it is unchanged. It is named many_name().
/// Errors: kUsage for another number, for a topology that has many containers already, and for one that can't
/// have more than one, with the reason.
[[nodiscard]] Result<Topology> with_containers(const Topology& topology, unsigned n);

/// How many containers it has: 1 unless with_containers() made it.
[[nodiscard]] std::size_t container_count(const Topology& topology) noexcept;

/// What container `i`, counted from 0, has for itself, and the way to it; no shared node or device.
/// `topology` is of with_containers() with more than one.
[[nodiscard]] Topology container_part(const Topology& topology, std::size_t i);

/// container_part() and what all share, as a topology of one container. A topology of a single container is
/// returned unchanged.
[[nodiscard]] Topology container_view(const Topology& topology, std::size_t i);

/// What all containers share, without any of them.
[[nodiscard]] Topology shared_part(const Topology& topology);

}  // namespace hopcost::nsglue
