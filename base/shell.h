// Commands of a POSIX shell: words that it reads back, and what a command prints. Set-up only. Includes only
// base/.
#pragma once

#include <string>

#include "base/result.h"

namespace hopcost {

/// A word as a POSIX shell reads it back.
[[nodiscard]] std::string shell_quoted(const std::string& word);

/// What a command came to.
struct ShellOutput {
  int status = 0;    ///< The exit code, 127 where the shell found no such program; -1 when a signal ended it.
  std::string text;  ///< Standard output, all of it.
};

/// Runs the command by sh(1), and waits for its end. Errors: popen(3)'s.
[[nodiscard]] Result<ShellOutput> shell_output(const std::string& command);

}  // namespace hopcost
