#include "nsglue/kernel/daemons.h"

#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <filesystem>

#include "base/fd.h"
#include "base/text.h"
#include "nsglue/kernel/files.h"

namespace hopcost::nsglue {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr const char* kFolders = "/run/hopcost";
constexpr auto kEndPatience = std::chrono::seconds(10);
/// The programs that modes start. Others are left alone, such as an editor that has a file of the folder
/// open.
constexpr std::string_view kPrograms[] = {"ovsdb-tool", "ovsdb-server", "ovs-vswitchd", "qemu-system-x86_64"};
constexpr const char* kProgramFolders = "/usr/local/sbin:/usr/sbin:/sbin";
/// What stands before and after the owner in the name of a program's pid file.
constexpr std::string_view kBeforeOwner = "@", kPidFile = ".pid";

/// Empty when the process has gone.
std::string command_line_of(const std::string& pid) {
  auto text = read_small("/proc/" + pid + "/cmdline");
  return text ? *std::move(text) : std::string();
}

bool is_program_of_ours(const std::string& command_line) {
  const std::string_view path(command_line.c_str());
  const std::string_view name = path.substr(path.rfind('/') + 1);
  return std::ranges::find(kPrograms, name) != std::end(kPrograms);
}

/// Whether the process sees the same folder. In another mount namespace, /run may hold a folder of the same
/// name.
bool sees_the_same(const std::string& pid, const std::string& folder) {
  struct stat here {
  }, there{};
  return stat(folder.c_str(), &here) == 0 && stat(("/proc/" + pid + "/root" + folder).c_str(), &there) == 0 &&
         here.st_dev == there.st_dev && here.st_ino == there.st_ino;
}

/// A descriptor of the process; invalid when `pid` is not one.
Fd process_of(const std::string& pid) {
  pid_t number = 0;
  const auto [end, fault] = std::from_chars(pid.data(), pid.data() + pid.size(), number);
  if (fault != std::errc() || end != pid.data() + pid.size()) return {};
  return Fd(static_cast<int>(syscall(SYS_pidfd_open, number, 0)));
}

/// A descriptor of the process if it is a program of the folder; otherwise an invalid one. The descriptor is
/// opened before the process is examined, so that no other process can take over its number in between.
Fd daemon_of(const std::string& pid, const std::string& folder) {
  Fd process = process_of(pid);
  const std::string command_line = process.valid() ? command_line_of(pid) : std::string();
  const bool of_folder = is_program_of_ours(command_line) &&
                         command_line.find(folder + "/") != std::string::npos && sees_the_same(pid, folder);
  return of_folder ? std::move(process) : Fd();
}

Result<void> kill_and_wait(const Fd& process, const std::string& pid, Clock::time_point deadline) {
  if (syscall(SYS_pidfd_send_signal, process.get(), SIGKILL, nullptr, 0) != 0 && errno != ESRCH)
    return errno_error(errno, fmt::format("end process {}", pid));
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    pollfd gone{process.get(), POLLIN, 0};
    const int ended = ::poll(&gone, 1, static_cast<int>(std::max<std::int64_t>(left, 0)));
    if (ended > 0) return {};
    if (ended == 0 || errno != EINTR)
      return error(Exit::kFailure, fmt::format("process {} does not end", pid));
  }
}

/// The namespace whose folder is on a command line, "hc-INSTANCE-NODE"; empty when there is none.
std::string namespace_on(const std::string& command_line) {
  const std::string begin = fmt::format("{}/", kFolders);
  const std::size_t at = command_line.find(begin + "hc-");
  if (at == std::string::npos) return {};
  const std::size_t name = at + begin.size(), end = command_line.find('/', name);
  return end == std::string::npos ? std::string() : command_line.substr(name, end - name);
}

/// The owner of a program's run, from the name of its pid file; nothing when it has no owner. The command
/// line is the only place to look: of a process in another user namespace, neither environment nor files can
/// be read.
std::optional<Owner> owner_on(const std::string& command_line) {
  const std::size_t end = command_line.find(std::string(kPidFile) + '\0');
  const std::size_t at = end == std::string::npos ? end : command_line.rfind(kBeforeOwner, end);
  if (at == std::string::npos) return std::nullopt;
  return parse_owner(std::string_view(command_line).substr(at + 1, end - at - 1));
}

/// Ends all programs of the folder and gives how many there were. Call it until there are none: a program
/// that has just been forked may be found only after its parent has gone.
Result<int> end_all(const std::string& folder, Clock::time_point deadline) {
  int found = 0;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator("/proc", none)) {
    const std::string pid = entry.path().filename();
    const Fd process = daemon_of(pid, folder);
    if (!process.valid()) continue;
    ++found;
    if (auto done = kill_and_wait(process, pid, deadline); !done) return forward(done);
  }
  return found;
}

}  // namespace

std::string find_daemon(const std::string& name) {
  const char* path = std::getenv("PATH");
  for (const std::string& folder :
       split(fmt::format("{}:{}", path != nullptr ? path : "", kProgramFolders), ':')) {
    const std::string program = folder + "/" + name;
    if (!folder.empty() && access(program.c_str(), X_OK) == 0) return program;
  }
  return {};
}

std::string pid_file(const std::string& netns, const std::string& program,
                     const std::optional<Owner>& owner) {
  const std::string whose = owner ? std::string(kBeforeOwner) + owner_text(*owner) : "";
  return fmt::format("{}/{}{}{}", daemon_folder(netns), program, whose, kPidFile);
}

std::string daemon_folder(const std::string& netns) {
  return fmt::format("{}/{}", kFolders, netns);
}

Result<void> make_daemon_folder(const std::string& netns) {
  if (auto done = end_daemons(netns); !done) return done;
  const std::string folder = daemon_folder(netns);
  for (;;) {
    for (const std::string& path : {std::string(kFolders), folder}) {
      if (mkdir(path.c_str(), 0700) == 0 || errno == EEXIST) continue;
      // Another process that removes its folder may remove the one above it just now.
      if (errno == ENOENT && path == folder) break;
      return errno_error(errno, fmt::format("create {}", path), "run with sudo");
    }
    std::error_code none;
    if (fs::exists(folder, none)) return {};
  }
}

bool is_daemon_of(const std::string& netns, const std::string& pid) {
  return daemon_of(pid, daemon_folder(netns)).valid();
}

Result<void> end_daemons(const std::string& netns) {
  const std::string folder = daemon_folder(netns);
  std::error_code none;
  if (!fs::exists(folder, none)) return {};
  const auto deadline = Clock::now() + kEndPatience;
  for (;;) {
    auto ended = end_all(folder, deadline);
    if (!ended) return forward(ended);
    if (*ended == 0) break;
  }
  std::error_code fault;
  fs::remove_all(folder, fault);
  if (fault) return errno_error(fault.value(), fmt::format("remove {}", folder));
  rmdir(kFolders);  // removes it if this was the last folder
  return {};
}

Result<std::set<std::string>> end_orphans() {
  std::set<std::string> ended;
  const auto deadline = Clock::now() + kEndPatience;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator("/proc", none)) {
    const std::string pid = entry.path().filename();
    const Fd process = process_of(pid);  // opened before it is examined, as in daemon_of()
    const std::string command_line = process.valid() ? command_line_of(pid) : std::string();
    const std::string netns = namespace_on(command_line);
    if (netns.empty() || !is_program_of_ours(command_line) || sees_the_same(pid, daemon_folder(netns)))
      continue;
    const auto owner = owner_on(command_line);
    if (!owner || state_of(*owner) != OwnerState::kDead) continue;
    auto done = kill_and_wait(process, pid, deadline);
    if (!done && done.error().err == EPERM) continue;  // another user's process
    if (!done) return forward(done);
    ended.insert(netns);
  }
  return ended;
}

}  // namespace hopcost::nsglue
