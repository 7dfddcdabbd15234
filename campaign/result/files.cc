#include "campaign/result/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "base/fd.h"
#include "stats/hdr_log.h"

namespace hopcost::campaign {

namespace fs = std::filesystem;

Result<void> write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t n = ::write(fd, text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return errno_error(errno, "write");
    text.remove_prefix(static_cast<std::size_t>(n));
  }
  if (::fsync(fd) != 0 && errno != EINVAL && errno != EROFS) return errno_error(errno, "fsync");
  return {};
}

namespace {

/// Writes beside the file first, then over it, so that a reader never sees half of one. `write` gets the path
/// to write.
template <class Write>
Result<void> replace_file(const fs::path& path, Write&& write) {
  const fs::path beside = path.string() + ".new";
  Result<void> done = write(beside);
  if (done && ::rename(beside.c_str(), path.c_str()) != 0) done = errno_error(errno, "rename");
  if (done) return {};
  ::unlink(beside.c_str());
  return std::unexpected<Error>(Error{fmt::format("write {}", path.string()), done.error().err,
                                      "free some room there, or choose another folder with --out",
                                      Exit::kPartial});
}

Result<void> write_text(const fs::path& path, std::string_view text) {
  const Fd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (!fd.valid()) return errno_error(errno, "open");
  return write_all(fd.get(), text);
}

}  // namespace

Result<void> replace_text(const fs::path& path, const std::string& text) {
  return replace_file(path, [&](const fs::path& beside) { return write_text(beside, text); });
}

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
