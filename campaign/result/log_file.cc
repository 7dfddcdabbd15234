#include "campaign/result/log_file.h"

#include "base/whole_file.h"
#include "stats/hdr_log.h"

namespace hopcost::campaign {

namespace fs = std::filesystem;

Result<void> replace_log(const fs::path& path, const std::string& tag, const HdrHistogram& histogram,
                         Span span) {
  return replace_file(path, [&](const fs::path& beside) -> Result<void> {
    auto log = HlogWriter::create(beside, span.start_unix_s);
    if (!log) return forward(log);
    if (auto r = log->write(tag, span.start_unix_s, span.start_unix_s + span.length_s, histogram); !r)
      return r;
    return log->close();
  });
}

}  // namespace hopcost::campaign
