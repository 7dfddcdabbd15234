// result.json of a device's tests, its table for people and its CSV (doc/device.md). Pure. Includes nothing
// of the rig.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "campaign/device/device_config.h"

namespace hopcost::campaign {

/// What the run was asked to do, as result.json and a resumed run have it.
[[nodiscard]] nlohmann::json config_json(const DeviceConfig& config);

/// What a shorter run than the standards ask for gives up, in words.
[[nodiscard]] std::vector<std::string> given_up(const DeviceConfig& config);

/// A line a test and size, as plain text.
[[nodiscard]] std::string device_table(const nlohmann::json& result);
/// test,size,figure,value with a head line; figures by result.json's names.
[[nodiscard]] std::string device_csv(const nlohmann::json& result);

}  // namespace hopcost::campaign
