// What must hold before modes may be built: enough privilege, and no other run that measures.
#pragma once

#include "base/fd.h"
#include "base/result.h"

namespace hopcost::campaign {

/// Checks the capabilities, or with `rootless` goes into a user namespace of our own. Errors: kPrivilege,
/// with what to do.
[[nodiscard]] Result<void> become_able(bool rootless);

/// Makes sure that no other run measures, root's and others' included: two runs at once would measure each
/// other. Holds a name that only one process of the network namespace may hold, and that goes with the
/// process, however it ends. Call before become_able(), which may leave that namespace. Errors: kRefused.
[[nodiscard]] Result<Fd> lock_out_others();

}  // namespace hopcost::campaign
