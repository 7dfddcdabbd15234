// A person's shell words as a child that can't outlast its time. Includes base.
#pragma once

#include <chrono>
#include <string>

#include "base/result.h"

namespace hopcost::campaign {

/// Runs the words and waits; at `limit`, and at a stop signal, their process group is ended. Their stdin is
/// empty, their stdout is our stderr. Errors: kFailure when they fail or take longer, kPartial for the
/// signal.
[[nodiscard]] Result<void> run_shell_until(const std::string& words,
                                           std::chrono::steady_clock::time_point limit);

}  // namespace hopcost::campaign
