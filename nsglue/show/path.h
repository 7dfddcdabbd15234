// The way a packet takes through a topology, as a file declares it: found in the devices' relations, drawn in
// one line. Pure functions; any thread. Includes the floor topology/.
#pragma once

#include <string>
#include <vector>

#include "nsglue/topology/topology.h"

namespace hopcost::nsglue {

/// How a packet comes to a device.
enum class Way {
  kStart,   ///< it starts here.
  kPair,    ///< from the device's peer.
  kStack,   ///< from a device that stands on it or that it stands on, from a port to its bridge or VRF, from
            ///< one to a port, or between a tunnel and the device that carries it.
  kRouted,  ///< from another device with an address in the same node.
  kRedirected,  ///< from another device of the same node, by a BPF program.
  kTranslated,  ///< the same, to a published port behind it: destination NAT.
  kUnknown,     ///< the file does not tell.
};
/// A device of the path, and how a packet comes to it.
struct Hop {
  DeviceRef at;
  Way by;
};

/// From the sender past every tap, in the taps' order, to the target: the shortest way, and routed only where
/// no other leads on.
[[nodiscard]] std::vector<Hop> path_of(const Topology& topology);

/// "tester/t0 == dut/d0 [tap wire] -> br0 -> v0 [tap bridge_port] == container/eth0 [tap container] ->
/// udp/9". A node is named where it begins.
[[nodiscard]] std::string draw_path(const Topology& topology);

}  // namespace hopcost::nsglue
