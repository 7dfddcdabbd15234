// How long a device's tests are likely to take. Pure. Includes nothing of the rig.
#pragma once

#include "campaign/device/device_config.h"

namespace hopcost::campaign {

/// Of all tests at all sizes, streams and pauses; a rough figure that a person plans the day by.
[[nodiscard]] double expected_seconds(const DeviceConfig& config);

}  // namespace hopcost::campaign
