// The end of namespaces: after the last holder has gone, the kernel takes them down later, in batches. Any
// thread. Includes base/, kinds/ and topology/.
#pragma once

#include "base/result.h"

namespace hopcost::nsglue {

/// Waits until the kernel has taken down every network namespace that nobody held any more when it was
/// called: one more, with a device that can be seen to vanish, queues behind them (net/core/net_namespace.c,
/// cleanup_net). Errors: kPrivilege; kFailure when it takes longer than 30 s.
[[nodiscard]] Result<void> wait_for_dismantling();

}  // namespace hopcost::nsglue
