// Writes the result folder (doc/result-format.md) in a way that loses nothing when the disk is full. Includes
// base, stats.
#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>

#include "base/result.h"
#include "campaign/figures/analysis.h"

namespace hopcost::campaign {

/// Makes the folder and its parents, and checks by writing a file there that it can be written to. For use
/// before anything is measured. Errors: kUsage when the path is a file; kPrivilege, kMissing or kFailure,
/// with the path, when it can't be made or written to.
[[nodiscard]] Result<void> prepare_folder(const std::filesystem::path& folder);

/// What write_folder() writes. The objects must outlive the call.
struct FolderContents {
  const nlohmann::json& result;
  const Measured& measured;
  const Figures& figures;
  double start_unix_s;
};

/// Writes result.json, environment.json, the .hlog files and report.html, each replaced whole or not at all.
/// Errors: kPartial naming the file that could not be written; what was written before it stays.
[[nodiscard]] Result<void> write_folder(const std::filesystem::path& folder, const FolderContents& contents);

/// Makes a new folder under the system's temporary folder, for use when the chosen one can't be written at
/// the end. Errors: mkdtemp(3)'s.
[[nodiscard]] Result<std::filesystem::path> fallback_folder();

}  // namespace hopcost::campaign
