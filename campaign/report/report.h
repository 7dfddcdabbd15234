// Makes a result folder into one page that a person can read, keep and mail: report.html. Includes base,
// stats.
#pragma once

#include <filesystem>

#include "base/result.h"

namespace hopcost::campaign {

/// Writes `result_dir`/report.html, replaced whole or not at all, from result.json, environment.json and the
/// .hlog files that result.json names, and from nothing else; a fleet's from fleet.json. The page is
/// complete: it opens no other file and no connection. The same folder gives the same bytes. A missing
/// environment.json or .hlog is no error: the page says what is missing. Errors: kMissing when the folder or
/// result.json does not exist; kUsage when result.json is not JSON (with file and byte) or not of a schema
/// that this program reads; replace_text()'s, kPartial for a full disk.
[[nodiscard]] Result<void> write_report(const std::filesystem::path& result_dir);

}  // namespace hopcost::campaign
