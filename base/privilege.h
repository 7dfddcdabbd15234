// Giving up privileges that are no longer needed.
#pragma once

#include <functional>
#include <vector>

#include "base/result.h"

namespace hopcost {

/// Drops all capabilities of the calling thread for good (permitted, effective, inheritable, ambient;
/// no_new_privs), then those of the threads that share_drops() serves. Open descriptors keep working. Call it
/// before starting threads, because each thread has its own capabilities.
[[nodiscard]] Result<void> drop_all_capabilities();

/// The same, but keeps these (CAP_BPF, ... of linux/capability.h), as far as the thread has them.
[[nodiscard]] Result<void> drop_capabilities_but(const std::vector<int>& keep);
/// The same for the calling thread alone.
[[nodiscard]] Result<void> drop_thread_capabilities_but(const std::vector<int>& keep);

/// Registers `drop`, which is called whenever capabilities are dropped, to drop those of a thread started
/// earlier. Set-up, one thread.
void share_drops(std::function<Result<void>()> drop);

/// True when the effective set holds the capability (CAP_NET_RAW, ... of linux/capability.h).
[[nodiscard]] bool have_capability(int capability);

}  // namespace hopcost
