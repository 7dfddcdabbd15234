// The end of namespaces: the kernel takes them down behind one's back, one batch after the other. Any thread.
// Includes base/, kinds/ and topology/.
#pragma once

#include "base/result.h"

namespace hopcost::nsglue {

/// Waits until the kernel has taken down every network namespace that nobody held any more when it was
/// called: one more, with a device that can be seen to vanish, queues behind them (net/core/net_namespace.c,
/// cleanup_net). Errors: kPrivilege; kFailure when it takes longer than 30 s.
[[nodiscard]] Result<void> wait_for_dismantling();

}  // namespace hopcost::nsglue
