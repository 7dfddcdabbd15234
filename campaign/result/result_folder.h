// Writing the result folder (doc/result-format.md), so that a full disk loses nothing. Includes base, stats.
#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>

#include "base/result.h"
#include "campaign/figures/analysis.h"

namespace hopcost::campaign {

/// Makes the folder (and its parents) and proves that a file can be written there, before anything is
/// measured. Errors: kUsage when the path is a file; kPrivilege, kMissing or kFailure with the path when it
/// can't be made or written.
[[nodiscard]] Result<void> prepare_folder(const std::filesystem::path& folder);

/// What is written; all of it outlives the call.
struct FolderContents {
  const nlohmann::json& result;
  const Measured& measured;
  const Figures& figures;
  double start_unix_s;
};

/// Writes result.json, environment.json, the .hlog files and report.html, each replaced whole or not at all.
/// Errors: kPartial naming the file that could not be written; what was written before it stays.
[[nodiscard]] Result<void> write_folder(const std::filesystem::path& folder, const FolderContents& contents);

/// A new folder under the system's temporary one, for when the asked-for one fails at the end. Errors: as
/// mkdtemp(3).
[[nodiscard]] Result<std::filesystem::path> fallback_folder();

}  // namespace hopcost::campaign
