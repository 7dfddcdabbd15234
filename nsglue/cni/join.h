// Joins a namespace to a network as a container runtime does: CNI's plugins in turn, in the namespace of the
// engine. One thread. Includes base/ and the floor attach/.
#pragma once

#include <string>

#include "base/result.h"
#include "nsglue/cni/conflist.h"

namespace hopcost::nsglue {

/// The container and the namespaces that the plugins work on.
struct Joining {
  std::string engine;      ///< the namespace they run in, as open_netns() takes it.
  std::string container;   ///< the path of the namespace that joins.
  std::string id;          ///< of the container, to the plugins.
  std::uint16_t port = 9;  ///< UDP: published by plugins that publish ports.
};

/// Runs ADD of each plugin, with the result of the one before. What they make is in the two namespaces, and
/// goes with them. The folder in which `host-local` keeps its addresses is removed before this returns.
/// Errors: kMissing for a plugin that is not there; kFailure with the plugin's own words.
[[nodiscard]] Result<void> join_network(const ConfList& list, const Joining& joining);

}  // namespace hopcost::nsglue
