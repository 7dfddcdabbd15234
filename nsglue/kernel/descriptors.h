// Room for many namespaces and packet sockets at once. Any thread; the limit is the process's. Includes only
// base/.
#pragma once

#include <cstddef>

#include "base/result.h"

namespace hopcost::nsglue {

/// Raises the soft limit of open files (RLIMIT_NOFILE) where `wanted` more than a program's few do not fit
/// below it. Errors: kPrivilege when the hard limit is lower.
[[nodiscard]] Result<void> allow_descriptors(std::size_t wanted);

}  // namespace hopcost::nsglue
