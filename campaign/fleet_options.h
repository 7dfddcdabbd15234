// The command line of `hopcost fleet`. Includes the parser, and so is main's alone.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"

namespace hopcost::campaign {

/// Declares the verb; what it gives runs it once the line is read, and is given the command's words.
[[nodiscard]] std::function<Result<Exit>(const std::vector<std::string>&)> declare_fleet(CLI::App& app);

}  // namespace hopcost::campaign
