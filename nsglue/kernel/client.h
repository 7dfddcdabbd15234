// Runs a program to its end and takes its output. Any thread. Includes only base/.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "base/result.h"

namespace hopcost::nsglue {

/// A program's exit and output.
struct ClientAnswer {
  bool good = false;      ///< its exit code was 0.
  std::string text;       ///< standard output, the first 64 KiB.
  std::string complaint;  ///< the first line of standard error.
};

/// Runs `command`, the program looked up in PATH, in the calling thread's namespaces, with `input` to read,
/// which may have 64 KiB, and `environment` ("NAME=VALUE") before the caller's own. One that takes longer
/// than `longest` is killed. Errors: ENOENT when there is no such program; kFailure when it does not end.
[[nodiscard]] Result<ClientAnswer> ask_client(const std::vector<std::string>& command,
                                              const std::string& input = {},
                                              const std::vector<std::string>& environment = {},
                                              std::chrono::seconds longest = std::chrono::seconds(10));

}  // namespace hopcost::nsglue
