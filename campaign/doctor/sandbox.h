// Trying things in namespaces that are gone afterwards. Includes only base/.
#pragma once

#include <functional>

#include "base/result.h"

namespace hopcost::campaign {

enum class Sandbox {
  kPrivileged,  ///< New network and mount namespaces: needs CAP_SYS_ADMIN.
  kRootless,    ///< As nobody (uid 65534) when we are root, in a new user namespace, root inside it.
};

/// Runs `work` in a forked child inside fresh network and mount namespaces with an empty /run and lo up, and
/// hands on what it returned. The child has no way to touch the namespaces of the caller; it is killed after
/// 10 s. Errors: those of `work`; what the kernel refused on the way in; kFailure when the child died.
[[nodiscard]] Result<void> in_sandbox(Sandbox kind, const std::function<Result<void>()>& work);

}  // namespace hopcost::campaign
