// `hopcost load`: loads on every mode, from a Config and a plan to a result folder and a table. Includes
// base.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "campaign/design/config.h"
#include "campaign/loads/load_case.h"
#include "campaign/loads/paper.h"

namespace hopcost::campaign {

/// What is asked of it besides what a Config has.
struct LoadOptions {
  std::vector<LoadAsk> loads;
  bool together = false;
  bool count_containers = false;  ///< As of LoadPlan.
  double budget_s = 0;            ///< No build begins that would end later; 0: none is so late.
  std::optional<Paper> paper;     ///< Whose rows are told in place of the tables.
  double quantum_s = 0;           ///< Of every load; 0: what its file says.
};

/// Builds of a run of loads where neither their number nor --quick is given.
inline constexpr std::uint32_t kLoadBuilds = 12;

/// Does it all; gives the exit code: kOk, or kPartial when something that was asked for was not measured.
/// `command` is the command line, for the record. Errors: what kept it from any result.
[[nodiscard]] Result<Exit> load_command(Config config, const LoadOptions& options,
                                        const std::vector<std::string>& command);

}  // namespace hopcost::campaign
