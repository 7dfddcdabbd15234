// Loads a profile by its name, from a file, or from text.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "pktgen/source/profile/profile.h"

namespace hopcost::pktgen {

/// The name of a shipped profile ("imix"), a TOML file (anything with a '/' or ending in .toml), or the short
/// form ("eth/ipv4/udp"). Errors: kUsage with the place; kMissing when there is no such profile (the error
/// names those there are).
[[nodiscard]] Result<Profile> load_profile(const std::string& text);

/// Names of the shipped profiles, sorted; empty when their folder is not found.
[[nodiscard]] std::vector<std::string> shipped_profiles();

}  // namespace hopcost::pktgen
