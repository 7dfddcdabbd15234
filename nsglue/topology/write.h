// A topology as its file would declare it: what parse.h reads back. Pure; any thread. Includes base/ and
// kinds/.
#pragma once

#include <string>

#include "nsglue/topology/topology.h"

namespace hopcost::nsglue {

/// TOML of a topology whose namespaces are adopted: nodes, devices, published ports, taps, sinks and the
/// path.
[[nodiscard]] std::string toml_text(const Topology& topology);

}  // namespace hopcost::nsglue
