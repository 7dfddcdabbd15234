// The verb `attach`. Includes commands.h.
#pragma once

#include "base/result.h"
#include "nsglue/commands.h"

namespace hopcost::nsglue {

/// Finds the containers that the command line names, prints how each is connected, and writes the topology to
/// the file of --keep. Errors: those of attach().
[[nodiscard]] Result<Exit> attach_command(const Config& config);

}  // namespace hopcost::nsglue
