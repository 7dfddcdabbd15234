// Reads a profile from TOML (doc/profiles.md).
#pragma once

#include "base/result.h"
#include "base/toml_file.h"
#include "pktgen/source/profile/profile.h"

namespace hopcost::pktgen {

/// Errors: kUsage, "FILE:LINE:COLUMN: ...". `name` is the profile's, for reports.
[[nodiscard]] Result<Profile> read_profile(const TomlFile& file, const std::string& name);

}  // namespace hopcost::pktgen
