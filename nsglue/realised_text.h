// What stands, or would stand, as programs and people read it. Includes nsglue.h and the floor show/.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "nsglue/nsglue.h"

namespace hopcost::nsglue {

/// As `nsglue up --json` prints it.
[[nodiscard]] nlohmann::json realised_json(const Realised& realised);

/// Prints the path and its ends on standard output.
void print_realised(const Topology& topology, const Realised& realised);

}  // namespace hopcost::nsglue
