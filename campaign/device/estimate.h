// How long a device's tests are likely to take. Pure. Includes nothing of the rig.
#pragma once

#include "campaign/device/device_config.h"

namespace hopcost::campaign {

/// Seconds for all tests at all sizes and modifiers, pauses included: a rough figure for planning.
[[nodiscard]] double expected_seconds(const DeviceConfig& config);

}  // namespace hopcost::campaign
