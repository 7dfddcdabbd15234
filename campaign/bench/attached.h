// Running containers as the modes of a run, each compared with a host on the wire in front of them. Set-up
// only; includes nsglue.
#pragma once

#include <vector>

#include "base/result.h"
#include "campaign/bench/modes.h"
#include "campaign/design/config.h"

namespace hopcost::campaign {

/// Finds the containers of `config.attach`: each is a reference, or a file that `nsglue attach --keep` wrote.
/// Host comes first. Errors: nsglue's; kRefused where packets would have to enter through a device that is
/// not a veth, with the probes that it would receive, unless the configuration names the sending device and
/// says `i_mean_it`.
[[nodiscard]] Result<std::vector<ModeFile>> attached_modes(const Config& config);

}  // namespace hopcost::campaign
