// Finds our own programs and data, in a build tree and installed.
#pragma once

#include <filesystem>
#include <string>

#include "base/result.h"

namespace hopcost {

/// Path of a sibling program ("pktgen"): the environment's HOPCOST_<PROGRAM>, else next to this executable,
/// else in the build tree's folder of that name. Errors: kMissing.
[[nodiscard]] Result<std::filesystem::path> find_program(const std::string& name);

/// Path of a data folder ("topologies"): `chosen` unless empty, else HOPCOST_<NAME>, the installed data, or
/// the source tree above the build. Errors: kMissing.
[[nodiscard]] Result<std::filesystem::path> find_data(const std::string& name,
                                                      const std::filesystem::path& chosen = {});

}  // namespace hopcost
