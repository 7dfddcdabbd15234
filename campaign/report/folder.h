// Reading a result folder: nothing outside it, whatever its files say. Includes only base/.
#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "base/result.h"

namespace hopcost::campaign {

/// The schema this program reads and writes.
inline constexpr const char* kResultSchema = "hopcost.result/2";
/// Of a run of loads (doc/loads.md).
inline constexpr const char* kLoadsSchema = "hopcost.loads/1";

/// The whole file. Errors: kMissing when it is not there.
[[nodiscard]] Result<std::string> read_text(const std::filesystem::path& file);

/// A JSON file. Errors: kMissing, or kUsage "FILE: byte N (line L): ...".
[[nodiscard]] Result<nlohmann::json> read_json(const std::filesystem::path& file);

/// result.json, checked to be an object of our schema with a list of modes, each with a name, and the same of
/// each further level. Errors: as read_json; kUsage saying what is not as doc/result-format.md has it, or, of
/// a folder of version 1, what to do about it; kMissing when the folder is not there.
[[nodiscard]] Result<nlohmann::json> read_result(const std::filesystem::path& folder);

/// The path of a file that result.json names, or nothing when the name is not a plain file name.
[[nodiscard]] std::optional<std::filesystem::path> inside(const std::filesystem::path& folder,
                                                          const std::string& name);

}  // namespace hopcost::campaign
