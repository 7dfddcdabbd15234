// Measuring without root: everything happens in a user namespace of our own. Includes base.
#pragma once

#include "base/result.h"

namespace hopcost::campaign {

/// Moves this process into new user, mount and network namespaces, as root there, with an empty /run of its
/// own. Must be called before threads are started. Errors: kPrivilege, with the setting that forbids it and
/// how to change it; the kernel's.
[[nodiscard]] Result<void> enter_user_namespace();

}  // namespace hopcost::campaign
