// Giving up what is no longer needed.
#pragma once

#include "base/result.h"

namespace hopcost {

/// Drops every capability of the calling thread, for good (permitted, effective, inheritable, ambient;
/// no_new_privs). Open descriptors keep working. Call before threads are started.
[[nodiscard]] Result<void> drop_all_capabilities();

/// True when the effective set holds the capability (CAP_NET_RAW, ... of linux/capability.h).
[[nodiscard]] bool have_capability(int capability);

}  // namespace hopcost
