// Reads a profile in its short form, one word of a command line.
#pragma once

#include <string>

#include "base/result.h"
#include "pktgen/source/profile/profile.h"

namespace hopcost::pktgen {

/// "eth/vlan(id=10..20)/ipv4(dst=198.18.0.1..198.18.0.254,ttl=~1..64)/udp size=imix weight=3; eth/arp":
/// layers with fields, then the flow's properties; ';' between flows. Values as in doc/profiles.md. Errors:
/// kUsage, "profile:1:COLUMN: ...".
[[nodiscard]] Result<Profile> read_short_profile(const std::string& text);

/// Whether a text is meant as a short profile: it begins with the layer eth.
[[nodiscard]] bool is_short_profile(const std::string& text);

}  // namespace hopcost::pktgen
