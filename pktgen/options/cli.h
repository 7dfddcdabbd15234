// The command line. Only this file's .cc sees the parser.
#pragma once

#include <variant>

#include "base/result.h"
#include "pktgen/options/config.h"

namespace hopcost::pktgen {

/// The command line as a Config, or an exit code when it has been answered already (--help, --version, or an
/// error, which has been printed).
[[nodiscard]] std::variant<Config, Exit> parse_command_line(int argc, char** argv);

}  // namespace hopcost::pktgen
