// Gets the privileges that building modes on this machine takes.
#pragma once

#include "base/result.h"

namespace hopcost::campaign {

/// Checks that this process has the capabilities; with `rootless` enters a user namespace of its own instead.
/// Errors: kPrivilege, with what to do.
[[nodiscard]] Result<void> become_able(bool rootless);

}  // namespace hopcost::campaign
