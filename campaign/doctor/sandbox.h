// Tries things in namespaces that are removed afterwards. Includes only base/.
#pragma once

#include <functional>

#include "base/result.h"

namespace hopcost::campaign {

enum class Sandbox {
  kPrivileged,  ///< New network and mount namespaces; needs CAP_SYS_ADMIN.
  kRootless,    ///< The same in a new user namespace, as root inside it; enters it as nobody (uid 65534) when
                ///< we are root.
};

/// Runs `work` in a forked child, in new network and mount namespaces with an empty /run and lo up, and gives
/// what it returned. The child can't touch the caller's namespaces, and is killed after 10 s. If it
/// failed or was killed, programs that it left running are ended. One thread at a time. Errors: those
/// of `work`; the kernel's, when the namespaces can't be made; kFailure when the child died or was killed.
[[nodiscard]] Result<void> in_sandbox(Sandbox kind, const std::function<Result<void>()>& work);

}  // namespace hopcost::campaign
