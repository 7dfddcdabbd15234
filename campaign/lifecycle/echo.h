// An ICMP echo that a container's kernel answers, whatever runs in it. Set-up only; includes base.
#pragma once

#include <netinet/in.h>

#include "base/result.h"

namespace hopcost::campaign {

/// Asks from the calling thread's network namespace, each millisecond, until an answer to one of ours comes.
/// Errors: kPrivilege; kFailure when none comes within 3 s; kPartial (stop signal).
[[nodiscard]] Result<void> await_echo(in_addr to);

}  // namespace hopcost::campaign
