// Room for many open files at once: namespaces, sockets. Any thread; the limit is the process's.
#pragma once

#include <cstddef>

#include "base/result.h"

namespace hopcost {

/// Makes room for `wanted` open files besides the few that any program has: raises the soft limit
/// (RLIMIT_NOFILE) if needed. Errors: kPrivilege when the hard limit is lower.
[[nodiscard]] Result<void> allow_descriptors(std::size_t wanted);

/// Raises the soft limit to the hard one, when it is not known beforehand how many files there will be.
void allow_most_descriptors() noexcept;

}  // namespace hopcost
