// Measuring without root: everything happens in a user namespace of our own. Includes base.
#pragma once

#include "base/result.h"

namespace hopcost::campaign {

/// Moves this process into new user, mount and network namespaces, root inside, with an empty /run of its
/// own. Must be called before threads are started. Errors: kPrivilege, saying plainly which setting forbids
/// it and how it is changed.
[[nodiscard]] Result<void> enter_user_namespace();

}  // namespace hopcost::campaign
