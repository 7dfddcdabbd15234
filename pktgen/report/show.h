// "pktgen show": prints what a profile would send, without sending it.
#pragma once

#include "base/result.h"
#include "pktgen/options/config.h"

namespace hopcost::pktgen {

/// Prints the first config.show.count frames of config.profile, a line each, and writes them to
/// config.show.pcap where that is named. Frames are stamped a microsecond apart, the first at 1970-01-01.
/// Errors: kUsage, kMissing of the profile; kPartial of writing.
[[nodiscard]] Result<void> show_profile(const Config& config);

}  // namespace hopcost::pktgen
