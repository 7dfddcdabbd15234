// The command line of `hopcost fleet`. Includes the parser, so only main may include it.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"

namespace hopcost::campaign {

/// Declares the verb. The function that it gives runs the verb after parsing; its argument is the whole
/// command line, for the record.
[[nodiscard]] std::function<Result<Exit>(const std::vector<std::string>&)> declare_fleet(CLI::App& app);

}  // namespace hopcost::campaign
