// The command lines of `hopcost load` and `hopcost paper`. Includes base.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.h"

namespace CLI {
class App;
}

namespace hopcost::campaign {

/// Runs a verb after parsing. `command` is the whole command line, for the record; the exit code is as
/// load_command() has it.
using LoadVerb = std::function<Result<Exit>(const std::vector<std::string>& command)>;

/// Declares `load` under `app`.
[[nodiscard]] LoadVerb declare_load(CLI::App& app);
/// Declares `paper` under `app`.
[[nodiscard]] LoadVerb declare_paper(CLI::App& app);

}  // namespace hopcost::campaign
