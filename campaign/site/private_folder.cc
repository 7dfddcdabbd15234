#include "campaign/site/private_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string>
#include <utility>

namespace hopcost::campaign {
namespace {

namespace fs = std::filesystem;

// Names of equal length; a folder gets the second one once it is locked.
const std::string kUnlocked = "hopcost-", kLocked = "hopcost.";
constexpr std::size_t kDrawn = 6;            // characters that mkdtemp() draws
constexpr std::size_t kLongestRuntime = 29;  // a socket's path has at most 108 bytes

fs::path place() {
  const char* runtime = std::getenv("XDG_RUNTIME_DIR");
  std::error_code none;
  const bool there = runtime != nullptr && fs::is_directory(runtime, none) &&
                     std::string_view(runtime).size() <= kLongestRuntime;
  return there ? runtime : "/tmp";
}

Fd open_folder(const fs::path& path) {
  return Fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
}

/// Removes what a connection puts into the folder, and the folder, unless it holds anything else.
void remove_ours(const fs::path& folder) {
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(folder, none)) {
    std::error_code unknown;
    if (entry.path().filename() == "log" || entry.is_socket(unknown)) (void)::unlink(entry.path().c_str());
  }
  (void)::rmdir(folder.c_str());
}

/// Removes this user's folders whose lock nobody holds.
void clear_away_dead(const fs::path& place) {
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(place, none)) {
    const std::string name = entry.path().filename();
    if (!name.starts_with(kLocked) || name.size() != kLocked.size() + kDrawn) continue;
    const Fd folder = open_folder(entry.path());
    struct stat is {};
    if (!folder.valid() || fstat(folder.get(), &is) != 0 || is.st_uid != geteuid()) continue;
    if (flock(folder.get(), LOCK_EX | LOCK_NB) == 0) remove_ours(entry.path());
  }
}

}  // namespace

Result<PrivateFolder> PrivateFolder::make() {
  const fs::path where = place();
  clear_away_dead(where);
  std::string name = where / (kUnlocked + "XXXXXX");
  if (mkdtemp(name.data()) == nullptr) return errno_error(errno, fmt::format("make a folder {}", name));
  Fd lock = open_folder(name);
  // Locked first, and only then given the name that others look for.
  const fs::path path = where / (kLocked + name.substr(name.size() - kDrawn));
  if (!lock.valid() || flock(lock.get(), LOCK_EX) != 0 || ::rename(name.c_str(), path.c_str()) != 0) {
    const int err = errno;
    (void)::rmdir(name.c_str());
    return errno_error(err, fmt::format("lock the folder {}", name));
  }
  return PrivateFolder(path, std::move(lock));
}

PrivateFolder::PrivateFolder(PrivateFolder&& other) noexcept
    : path_(std::exchange(other.path_, {})), lock_(std::move(other.lock_)) {}

PrivateFolder::~PrivateFolder() {
  if (!path_.empty()) remove_ours(path_);
}

}  // namespace hopcost::campaign
