// The command line of `hopcost load`. Includes base.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.h"

namespace CLI {
class App;
}

namespace hopcost::campaign {

/// Declares the verb under `app`. What is given back runs it, after parsing: `command` is the whole command
/// line, for the record; the exit code is as load_command() has it.
[[nodiscard]] std::function<Result<Exit>(const std::vector<std::string>& command)> declare_load(
    CLI::App& app);

}  // namespace hopcost::campaign
