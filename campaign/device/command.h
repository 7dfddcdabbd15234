// "hopcost device": from a configuration to a result folder. Includes all of this floor.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "campaign/device/device_config.h"

namespace hopcost::campaign {

/// What is filled in where --quick is given and nothing was said.
void make_quick(DeviceConfig& config);

/// Errors: kUsage, naming the option.
[[nodiscard]] Result<void> validate(const DeviceConfig& config);

/// Runs the tests one after the other and writes the folder: result.json, result.csv, report.html,
/// trials.jsonl. Exit:: kPartial when it was stopped (what was measured is written, and --resume goes on from
/// it), kUnfit when a test's result is irregular. Errors: the rig's; those of files.
[[nodiscard]] Result<Exit> device_command(DeviceConfig config, const std::vector<std::string>& command);

}  // namespace hopcost::campaign
