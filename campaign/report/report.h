// The result folder as one page a person can read, keep and mail: report.html. Includes base, stats.
#pragma once

#include <filesystem>

#include "base/result.h"

namespace hopcost::campaign {

/// Writes `result_dir`/report.html (replaced whole or not at all) from result.json, environment.json and the
/// .hlog files named in result.json, and nothing else; of a fleet's folder from fleet.json. The page holds
/// everything it needs: it opens no other file and no connection. The same folder gives the same bytes. A
/// missing environment.json or .hlog is no error: the page says what it lacks. Errors: kMissing when the
/// folder or result.json is not there; kUsage when result.json is not JSON (with file and byte) or not of the
/// schema this program reads; kPartial when the disk is full.
[[nodiscard]] Result<void> write_report(const std::filesystem::path& result_dir);

}  // namespace hopcost::campaign
