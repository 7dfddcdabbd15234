// The command line into a Config.
#pragma once

#include <optional>

#include "analyzer/config.h"

namespace hopcost::analyzer {

/// The configuration to run with, or nothing when the parser has answered (--help, --version). Errors:
/// kUsage.
[[nodiscard]] Result<std::optional<Config>> parse_command_line(int argc, char** argv);

}  // namespace hopcost::analyzer
