// A name that one process of a network namespace may hold: two runs that measure at once would measure each
// other. Set-up only. Includes only base/.
#pragma once

#include "base/fd.h"
#include "base/result.h"

namespace hopcost {

/// Takes the name, root's and others' runs alike; it goes with the descriptor, however the process ends.
/// Errors: kRefused when another holds it.
[[nodiscard]] Result<Fd> lock_out_others();

}  // namespace hopcost
