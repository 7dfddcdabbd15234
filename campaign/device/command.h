// "hopcost device": turns a configuration into a result folder. Includes all of this floor.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "campaign/device/device_config.h"

namespace hopcost::campaign {

/// Fills in the values of --quick; options given beside it are applied afterwards.
void make_quick(DeviceConfig& config);

/// Checks the configuration without asking the kernel. Errors: kUsage, naming the option.
[[nodiscard]] Result<void> validate(const DeviceConfig& config);

/// Runs the tests one after the other and writes the folder: result.json, result.csv, report.html,
/// config.json, trials.jsonl. Gives kPartial when the run ended early (then the results so far are written,
/// and --resume continues from them), kUnfit when a test's result is irregular. `command`: the command line,
/// for the result. Errors: the rig's; those of files.
[[nodiscard]] Result<Exit> device_command(DeviceConfig config, const std::vector<std::string>& command);

}  // namespace hopcost::campaign
