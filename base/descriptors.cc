#include "base/descriptors.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <cerrno>

namespace hopcost {
namespace {

constexpr rlim_t kProgramsOwn = 128;

}  // namespace

Result<void> allow_descriptors(std::size_t wanted) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return errno_error(errno, "read the limit of open files");
  const rlim_t needed = wanted + kProgramsOwn;
  if (needed <= limit.rlim_cur) return {};
  if (needed > limit.rlim_max)
    return error(Exit::kPrivilege,
                 fmt::format("{} open files are needed, and {} is the limit", needed, limit.rlim_max),
                 "fewer containers, or as root: ulimit -Hn 4096");
  limit.rlim_cur = needed;
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0) return errno_error(errno, "raise the limit of open files");
  return {};
}

void allow_most_descriptors() noexcept {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  (void)setrlimit(RLIMIT_NOFILE, &limit);  // if that fails, opening the files will tell
}

}  // namespace hopcost
