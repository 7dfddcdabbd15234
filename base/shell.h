// Quotes words for a POSIX shell and runs its commands. Set-up only. Includes only base/.
#pragma once

#include <string>

#include "base/result.h"

namespace hopcost {

/// The word quoted so that a POSIX shell reads it as one unchanged word.
[[nodiscard]] std::string shell_quoted(const std::string& word);

/// The result of a command.
struct ShellOutput {
  int status = 0;    ///< Exit code; 127: the shell found no such program; -1: a signal ended it.
  std::string text;  ///< Standard output, all of it.
};

/// Runs the command with sh(1) and waits for its end. Errors: popen(3)'s.
[[nodiscard]] Result<ShellOutput> shell_output(const std::string& command);

}  // namespace hopcost
