// A fleet as Kubernetes manifests, for clusters whose nodes are the hosts. Pure. Includes base and this
// floor.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "campaign/fleet/inventory.h"

namespace hopcost::campaign {

/// A List for `kubectl apply -f -`: a namespace; a ConfigMap with every host's campaign; a Job for each host,
/// with one pod pinned to its node, or two on the nodes of tester and device; and for each interface that
/// devices are measured on, a DaemonSet of analyzers. A node is named as its host in the inventory. Left out
/// are hosts with a fault, and those whose tester is another machine that the inventory does not name.
/// doc/fleet.md says what the image and the Secret hold. `budget_s`: how long a run may measure.
[[nodiscard]] nlohmann::json kubernetes_manifests(const std::vector<FleetHost>& hosts,
                                                  const std::string& campaign, double budget_s,
                                                  const std::string& image);

}  // namespace hopcost::campaign
