// Runs a user's shell command as a child with a time limit. Includes base.
#pragma once

#include <chrono>
#include <string>

#include "base/result.h"

namespace hopcost::campaign {

/// Runs the command and waits for it. At `limit`, or at a stop signal, kills its process group. Its stdin is
/// empty, its stdout goes to our stderr. Errors: kFailure when it fails or takes too long, kPartial for the
/// signal.
[[nodiscard]] Result<void> run_shell_until(const std::string& words,
                                           std::chrono::steady_clock::time_point limit);

}  // namespace hopcost::campaign
