#include "base/whole_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "base/fd.h"

namespace hopcost {

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

Result<void> replace_file(const fs::path& path, const std::function<Result<void>(const fs::path&)>& write) {
  const fs::path beside = path.string() + ".new";
  Result<void> done = write(beside);
  if (done && ::rename(beside.c_str(), path.c_str()) != 0) done = errno_error(errno, "rename");
  if (done) return {};
  ::unlink(beside.c_str());
  return std::unexpected<Error>(Error{fmt::format("write {}", path.string()), done.error().err,
                                      "make room in that folder, or choose another", Exit::kPartial});
}

Result<void> replace_text(const fs::path& path, std::string_view text) {
  return replace_file(path, [&](const fs::path& beside) -> Result<void> {
    const Fd fd(::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
    if (!fd.valid()) return errno_error(errno, "open");
    return write_all(fd.get(), text);
  });
}

}  // namespace hopcost
