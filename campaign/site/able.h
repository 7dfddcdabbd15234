// What this process must be able to do before modes may be built here.
#pragma once

#include "base/result.h"

namespace hopcost::campaign {

/// Checks the capabilities, or with `rootless` goes into a user namespace of our own. Errors: kPrivilege,
/// with what to do.
[[nodiscard]] Result<void> become_able(bool rootless);

}  // namespace hopcost::campaign
