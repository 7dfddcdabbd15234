// Reads a result folder, and nothing outside it, whatever its files say. Includes only base/.
#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "base/result.h"

namespace hopcost::campaign {

/// The schema this program reads and writes.
inline constexpr const char* kResultSchema = "hopcost.result/2";
/// The schema of a run of loads (doc/loads.md).
inline constexpr const char* kLoadsSchema = "hopcost.loads/1";

/// Reads a whole file. Errors: kMissing when it does not exist or is no regular file; the kernel's.
[[nodiscard]] Result<std::string> read_text(const std::filesystem::path& file);

/// Reads a JSON file. Errors: read_text()'s; kUsage "FILE: byte N (line L): not JSON".
[[nodiscard]] Result<nlohmann::json> read_json(const std::filesystem::path& file);

/// Reads result.json, and checks that it is an object of our schema with a list of modes, each with a name,
/// and that each further level has the same. The result of a run of loads is given unchecked. Errors: as
/// read_json(); kUsage when it is not as doc/result-format.md has it, or, for a folder of version 1, with
/// what to do about it; kMissing when the folder does not exist.
[[nodiscard]] Result<nlohmann::json> read_result(const std::filesystem::path& folder);

/// The path of a file in `folder` that result.json names; nothing when `name` is not a plain file name.
[[nodiscard]] std::optional<std::filesystem::path> inside(const std::filesystem::path& folder,
                                                          const std::string& name);

}  // namespace hopcost::campaign
