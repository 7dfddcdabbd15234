// Modes that CNI's plugins build: "cni:FILE". nsglue makes the namespaces and the wire, the plugins connect
// the container, and what they made is found as that of any container is. Includes base/ and
// the floors attach/, cni/ and topology/.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "nsglue/topology/topology.h"

namespace hopcost::nsglue {

/// The prefix of a mode's name that marks a CNI configuration.
inline constexpr std::string_view kCniPrefix = "cni:";

/// The mode before it is built, of "cni:FILE": its name is the network's. Errors: those of read_conflist().
[[nodiscard]] Result<Topology> cni_topology(const std::string& name);

/// Plugins that are not there, a sentence each.
[[nodiscard]] std::vector<std::string> lacking_plugins(const Topology& topology);

/// Runs the plugins for an instance whose namespaces stand. Errors: those of join_network().
[[nodiscard]] Result<void> join_container(const Topology& topology, const std::string& instance);

/// A mode as it stands: with what the plugins made, adopted; one without a conflist is as it was. Errors:
/// those of attach().
[[nodiscard]] Result<Topology> as_it_stands(const Topology& topology, const std::string& instance);

}  // namespace hopcost::nsglue
