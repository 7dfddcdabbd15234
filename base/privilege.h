// Giving up what is no longer needed.
#pragma once

#include <initializer_list>

#include "base/result.h"

namespace hopcost {

/// Drops every capability of the calling thread, for good (permitted, effective, inheritable, ambient;
/// no_new_privs). Open descriptors keep working. Call before threads are started.
[[nodiscard]] Result<void> drop_all_capabilities();

/// Keeps these (CAP_BPF, ... of linux/capability.h) as far as they are there, and drops all others likewise.
[[nodiscard]] Result<void> drop_capabilities_but(std::initializer_list<int> keep);

/// True when the effective set holds the capability (CAP_NET_RAW, ... of linux/capability.h).
[[nodiscard]] bool have_capability(int capability);

}  // namespace hopcost
