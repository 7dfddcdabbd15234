// Containers that run already, as the modes of a run: each beside host, on the wire they are behind. Set-up
// only; includes nsglue.
#pragma once

#include <vector>

#include "base/result.h"
#include "campaign/bench/modes.h"
#include "campaign/design/config.h"

namespace hopcost::campaign {

/// Finds the containers of `config.attach`, each a reference or the file that `nsglue attach --keep` wrote.
/// Host comes first. Errors: nsglue's; kRefused where packets would have to come in by a device that is no
/// veth, with the probes it would take, unless the configuration says who sends them and that it is meant.
[[nodiscard]] Result<std::vector<ModeFile>> attached_modes(const Config& config);

}  // namespace hopcost::campaign
