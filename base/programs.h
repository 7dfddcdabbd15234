// Where our own programs and data are, both in a build tree and installed.
#pragma once

#include <filesystem>
#include <string>

#include "base/result.h"

namespace hopcost {

/// Path of a sibling program ("pktgen"): beside this executable, or in the build tree's folder of that name.
/// The environment's HOPCOST_<PROGRAM> wins. Errors: kMissing.
[[nodiscard]] Result<std::filesystem::path> find_program(const std::string& name);

/// Path of a data folder ("topologies"): HOPCOST_<NAME>, the installed data, or the source tree above the
/// build; `chosen` where that is not empty. Errors: kMissing.
[[nodiscard]] Result<std::filesystem::path> find_data(const std::string& name,
                                                      const std::filesystem::path& chosen = {});

}  // namespace hopcost
