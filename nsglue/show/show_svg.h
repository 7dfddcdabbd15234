// The path as a picture: `nsglue show --svg`. Pure functions; any thread. Includes base/ and the floors
// check/, kernel/, kinds/ and topology/.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "nsglue/check/quiet.h"
#include "nsglue/topology/topology.h"

namespace hopcost::nsglue {

/// An SVG 1.1 file that needs no other: nodes from left to right as a packet passes them, their devices, the
/// packet's way with its taps, devices off the way in grey, and below what is not quiet. `unquiet` is nothing
/// where the instance does not stand. Of many containers the first's way is drawn.
[[nodiscard]] std::string show_svg(const Topology& topology, const std::string& instance,
                                   const std::optional<std::vector<Unquiet>>& unquiet);

}  // namespace hopcost::nsglue
