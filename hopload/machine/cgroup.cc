#include "hopload/machine/cgroup.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <utility>

#include "base/fd.h"

namespace hopcost::hopload {
namespace {

namespace fs = std::filesystem;

const std::string kOurs = "hopcost-";

/// PATH in the line "0::/PATH" of /proc/self/cgroup.
std::optional<std::string> path_of_ours() {
  std::ifstream in("/proc/self/cgroup");
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("0::/")) return line.substr(3);
  }
  return std::nullopt;
}

/// The folder of the cgroup that this process is in. A line of /proc/self/mountinfo is "ID PARENT DEVICE ROOT
/// MOUNTED .. - cgroup2 ..", where ROOT is the part of the hierarchy that is mounted there.
std::optional<fs::path> folder_of_ours() {
  const auto path = path_of_ours();
  std::ifstream in("/proc/self/mountinfo");
  for (std::string line, skip, root, mounted; path && std::getline(in, line);) {
    if (line.find(" - cgroup2 ") == std::string::npos) continue;
    std::istringstream words(line);
    words >> skip >> skip >> skip >> root >> mounted;
    if (root == "/") return fs::path(mounted + *path);
    if (path->starts_with(root)) return fs::path(mounted + path->substr(root.size()));
  }
  return std::nullopt;
}

/// Moves the whole process.
Result<void> move_to(const fs::path& folder) {
  const fs::path file = folder / "cgroup.procs";
  const Fd fd(::open(file.c_str(), O_WRONLY | O_CLOEXEC));
  if (fd.valid() && ::write(fd.get(), "0", 1) == 1) return {};
  return errno_error(errno, "write to " + file.string());
}

/// Removes cgroups of dead processes. One that has processes can't be removed.
void clear_away_dead(const fs::path& folder) {
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(folder, none)) {
    const std::string name = entry.path().filename();
    if (!name.starts_with(kOurs)) continue;
    const auto pid = static_cast<pid_t>(std::strtol(name.c_str() + kOurs.size(), nullptr, 10));
    if (pid > 0 && ::kill(pid, 0) != 0 && errno == ESRCH) (void)::rmdir(entry.path().c_str());
  }
}

}  // namespace

Result<Cgroup> Cgroup::enter() {
  const auto above = folder_of_ours();
  if (!above) return error(Exit::kMissing, "no hierarchy of cgroups of version 2 is mounted");
  clear_away_dead(*above);
  Cgroup made(*above / fmt::format("{}{}", kOurs, getpid()));
  if (::mkdir(made.folder_.c_str(), 0755) != 0 && errno != EEXIST) {
    const int err = errno;
    const fs::path folder = std::exchange(made.folder_, {});
    return errno_error(err, "make " + folder.string());
  }
  if (auto r = move_to(made.folder_); !r) return forward(r);
  return made;
}

Cgroup::Cgroup(Cgroup&& other) noexcept : folder_(std::exchange(other.folder_, {})) {}

Cgroup::~Cgroup() {
  if (folder_.empty()) return;
  (void)move_to(folder_.parent_path());
  (void)::rmdir(folder_.c_str());
}

}  // namespace hopcost::hopload
