// Room for many open files at once: namespaces, sockets. Any thread; the limit is the process's.
#pragma once

#include <cstddef>

#include "base/result.h"

namespace hopcost {

/// Raises the soft limit of open files (RLIMIT_NOFILE) where `wanted` more than a program's few do not fit
/// below it. Errors: kPrivilege when the hard limit is lower.
[[nodiscard]] Result<void> allow_descriptors(std::size_t wanted);

/// Raises the soft limit as far as the hard one lets it: for who can't say beforehand how many there will be.
void allow_most_descriptors() noexcept;

}  // namespace hopcost
