// Parts of a device test's result.json, its table for people and its CSV (doc/device.md). Pure. Includes
// nothing of the rig.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "campaign/device/device_config.h"

namespace hopcost::campaign {

/// The configuration as result.json has it, and as a resumed run compares it.
[[nodiscard]] nlohmann::json config_json(const DeviceConfig& config);

/// What the run does less of than the standards ask for, in words.
[[nodiscard]] std::vector<std::string> given_up(const DeviceConfig& config);

/// {"rfc2544": what RFC 2544 section 5 calls such a test, in words}. Unconditional compliance is never
/// claimed.
[[nodiscard]] nlohmann::json compliance(const DeviceConfig& config);

/// A line for each test and size, as plain text.
[[nodiscard]] std::string device_table(const nlohmann::json& result);
/// CSV with the columns test,size,figure,value and a head line; figures have the names of result.json.
[[nodiscard]] std::string device_csv(const nlohmann::json& result);

}  // namespace hopcost::campaign
