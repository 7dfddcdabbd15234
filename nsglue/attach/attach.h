// Containers that stand already, as topologies: whose namespaces, which devices, how packets come to them and
// where they can be watched. Nothing of theirs is changed. Any thread. Includes base/ and the floors kernel/,
// kinds/ and topology/.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "nsglue/topology/topology.h"

namespace hopcost::nsglue {

/// What a person adds when the search finds no way in, or several.
struct AttachOptions {
  std::string wire;  ///< the device that packets come in by, where the engine runs. Empty: found.
  std::string from;  ///< "DEVICE" or "DEVICE@NETNS": where they start. Empty: the other end of the wire.
};

/// A container as it was found.
struct Attached {
  std::string reference;  ///< "docker:web".
  /// How it is connected: "host", "veth", "bridge", "ovs", "macvlan", "macvtap", "ipvlan", "own device"; with
  /// "nat" behind it where a published port leads there.
  std::string mode;
  /// Its nodes are adopted and located; `summary` says in words how it is connected.
  Topology topology;
  std::vector<std::string> notes;  ///< what could not be found out, a sentence each.
};

/// Finds each container's namespace and the devices before it by asking the kernel over netlink. Containers
/// named in one call are never taken for each other's way in. Errors: those of locate();
/// kMissing for a container without a device, or that nothing of this machine leads to; kUsage when several
/// ways lead in, with their names.
[[nodiscard]] Result<std::vector<Attached>> attach(const std::vector<std::string>& references,
                                                   const AttachOptions& options);

/// Locates the namespaces a topology adopts, as locate() does (attach/reference.h); none when it adopts none.
[[nodiscard]] Result<void> locate_nodes(Topology& topology);

/// The mode "host" on the wire that `attached` share: packets end where the wire does. Errors: kUsage when
/// they are behind different wires; kMissing when nothing on that wire has an IPv4 address for packets to end
/// at.
[[nodiscard]] Result<Topology> host_beside(const std::vector<Topology>& attached);

/// Moves the topology's end to the next UDP port, so that it has a socket of its own.
void end_at_next_port(Topology& topology);

}  // namespace hopcost::nsglue
