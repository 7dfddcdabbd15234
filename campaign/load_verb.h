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

/// Runs a verb after parsing. `command`: the whole command line, for the record. Gives the same as
/// load_command().
using LoadVerb = std::function<Result<Exit>(const std::vector<std::string>& command)>;

/// Declares `load` as a subcommand of `app`.
[[nodiscard]] LoadVerb declare_load(CLI::App& app);
/// Declares `paper` as a subcommand of `app`.
[[nodiscard]] LoadVerb declare_paper(CLI::App& app);

}  // namespace hopcost::campaign
