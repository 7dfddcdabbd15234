// Giving up privileges that are no longer needed.
#pragma once

#include <functional>
#include <vector>

#include "base/result.h"

namespace hopcost {

/// Drops every capability of the calling thread, for good (permitted, effective, inheritable, ambient;
/// no_new_privs), then of those that share_drops() knows of. Open descriptors keep working. Call before
/// threads are started: capabilities are a thread's own.
[[nodiscard]] Result<void> drop_all_capabilities();

/// Keeps these (CAP_BPF, ... of linux/capability.h) as far as they are there, and drops all others likewise.
[[nodiscard]] Result<void> drop_capabilities_but(const std::vector<int>& keep);
/// The same of the calling thread alone.
[[nodiscard]] Result<void> drop_thread_capabilities_but(const std::vector<int>& keep);

/// `drop` is called whenever capabilities are dropped, for the sake of threads that were started before.
/// Set-up, one thread.
void share_drops(std::function<Result<void>()> drop);

/// True when the effective set holds the capability (CAP_NET_RAW, ... of linux/capability.h).
[[nodiscard]] bool have_capability(int capability);

}  // namespace hopcost
