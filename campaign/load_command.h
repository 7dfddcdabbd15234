// `hopcost load`: measures loads on every mode; turns a Config and a plan into a result folder and a table.
// Includes base.
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
  bool count_containers = false;  ///< As in LoadPlan.
  double budget_s = 0;            ///< No build begins that would end later; 0: no limit.
  std::optional<Paper> paper;     ///< The paper whose rows are printed in place of the tables.
  double quantum_s = 0;           ///< Length of every quantum; 0: as the load's file says.
};

/// Number of builds when neither --builds nor --quick is given.
inline constexpr std::uint32_t kLoadBuilds = 12;

/// Does everything. Gives kOk, or kPartial when something that was asked for was not measured. `command`: the
/// command line, for the record. Errors: what kept it from any result.
[[nodiscard]] Result<Exit> load_command(Config config, const LoadOptions& options,
                                        const std::vector<std::string>& command);

}  // namespace hopcost::campaign
