#include "campaign/result/result_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "base/fd.h"
#include "base/whole_file.h"
#include "campaign/report/report.h"
#include "campaign/result/log_file.h"
#include "campaign/result/result_json.h"

namespace hopcost::campaign {

namespace fs = std::filesystem;

Result<void> prepare_folder(const fs::path& folder) {
  std::error_code failed;
  fs::create_directories(folder, failed);
  if (failed)
    return errno_error(failed.value(), fmt::format("make the result folder {}", folder.string()),
                       "choose another with --out");
  if (!fs::is_directory(folder))
    return error(Exit::kUsage, fmt::format("{} is not a folder", folder.string()),
                 "choose another with --out");
  const fs::path trial = folder / ".trial";
  Fd fd(::open(trial.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (!fd.valid())
    return errno_error(errno, fmt::format("write to the result folder {}", folder.string()),
                       "choose another with --out");
  auto written = write_all(fd.get(), std::string(4096, ' '));
  ::unlink(trial.c_str());
  if (!written)
    return errno_error(written.error().err, fmt::format("write to the result folder {}", folder.string()),
                       "free some room there, or choose another with --out");
  return {};
}

namespace {

/// Writes an end-to-end log for each mode, and one for each hop that was watched.
Result<void> write_logs(const fs::path& folder, const FolderContents& c, std::size_t level, Span span) {
  for (const ModeFigures& m : c.figures.levels[level].modes) {
    const fs::path log = folder / mode_log_name(c.measured, level, m.lane);
    if (c.measured.one_clock) {
      auto r = replace_log(log, "end-to-end", c.measured.totals[level][m.lane].end_to_end, span);
      if (!r) return r;
    }
    for (const Hop& h : m.hops) {
      if (h.watched == nullptr) continue;
      const fs::path hop_log = folder / hop_log_name(c.measured, level, m.lane, h);
      if (auto r = replace_log(hop_log, h.from + "-" + h.to, h.watched->times, span); !r) return r;
    }
  }
  return {};
}

}  // namespace

Result<void> write_folder(const fs::path& folder, const FolderContents& c) {
  const Span span{c.start_unix_s, c.result.at("elapsed_s").get<double>()};
  if (auto r = replace_text(folder / "result.json", c.result.dump(1) + "\n"); !r) return r;
  if (auto r = replace_text(folder / "environment.json", c.result.at("environment").dump(1) + "\n"); !r)
    return r;
  for (std::size_t level = 0; level < c.figures.levels.size(); ++level) {
    if (auto r = write_logs(folder, c, level, span); !r) return r;
  }
  return write_report(folder);
}

Result<fs::path> fallback_folder() {
  std::error_code failed;
  std::string pattern = (fs::temp_directory_path(failed) / "hopcost-XXXXXX").string();
  if (failed || mkdtemp(pattern.data()) == nullptr)
    return errno_error(failed ? failed.value() : errno, "make a temporary folder");
  return fs::path(pattern);
}

}  // namespace hopcost::campaign
