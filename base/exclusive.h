// A lock that one process per network namespace can hold, because two runs at the same time would measure
// each other. Set-up only. Includes only base/.
#pragma once

#include "base/fd.h"
#include "base/result.h"

namespace hopcost {

/// Takes the lock, which all users share. It is released when the descriptor is closed, however the process
/// ends. Errors: kRefused when another process holds it.
[[nodiscard]] Result<Fd> lock_out_others();

}  // namespace hopcost
