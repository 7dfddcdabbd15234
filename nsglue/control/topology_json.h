// A topology on the control channel: what one process has read or found, another builds or looks at. Any
// thread. Includes base/ and what of nsglue reads and writes topologies.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "base/result.h"
#include "nsglue/topology/topology.h"

namespace hopcost::nsglue {

/// Its members for a request or an answer (doc/control-protocol.md, "nsglue").
[[nodiscard]] nlohmann::json topology_to_json(const Topology& topology);

/// Of a message that has them. Errors: kUsage, those of reading a file.
[[nodiscard]] Result<Topology> topology_from_json(const nlohmann::json& message);

}  // namespace hopcost::nsglue
