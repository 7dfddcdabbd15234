// What stands, as people read it: `nsglue show`. Pure functions; any thread. Includes base/ and the floors
// check/, kernel/, kinds/ and topology/.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "nsglue/topology/topology.h"

namespace hopcost::nsglue {

/// One line a device, in the path's order: kind, state, MTU, queueing discipline, XDP program. Then what is
/// not quiet, and the packet filter's rules of published ports. `settings` are those of settings(). Devices
/// that are down and not of the file are left out. Each line is indented by two blanks.
[[nodiscard]] std::string show_text(const Topology& topology, const nlohmann::json& settings);

/// Every setting, one a line: "dut/d0  offloads.gro  off".
[[nodiscard]] std::string all_settings_text(const nlohmann::json& settings);

}  // namespace hopcost::nsglue
