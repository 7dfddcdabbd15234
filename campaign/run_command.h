// `hopcost run`: turns a Config into a result folder and a table. Includes base.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "campaign/design/config.h"

namespace hopcost::campaign {

/// Does everything. Gives the exit code of a run that has a result: kOk, kPartial or kUnfit. `command`: the
/// command line, for the record. Errors: what kept it from any result.
[[nodiscard]] Result<Exit> run_command(Config config, const std::vector<std::string>& command);

}  // namespace hopcost::campaign
