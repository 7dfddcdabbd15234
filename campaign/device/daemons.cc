#include "campaign/device/daemons.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/exec.h"
#include "base/netns.h"

namespace hopcost::campaign {
namespace {

constexpr const char* kFolder = "/run";  // a tmpfs, in a mount namespace of its own

[[noreturn]] void fail(const char* what) {
  dprintf(STDERR_FILENO, "%s: %s\n", what, strerror(errno));
  _exit(1);
}

void make_folder(const std::string& routes) {
  if (mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) fail("make mounts private");
  if (mount("tmpfs", kFolder, "tmpfs", 0, "mode=0700") != 0 || chdir(kFolder) != 0) fail("make a folder");
  const int fd = ::open("routes", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) fail("write routes");
  for (std::size_t at = 0; at < routes.size();) {
    const ssize_t n = write(fd, routes.data() + at, routes.size() - at);
    if (n < 0) fail("write routes");
    at += static_cast<std::size_t>(n);
  }
  close(fd);
}

/// Becomes the script, as the first process of a PID namespace: what it starts ends with it, and it ends with
/// its parent.
[[noreturn]] void become_script(const std::string& script) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  for (const int number : {SIGINT, SIGTERM, SIGPIPE}) signal(number, SIG_DFL);
  const int nothing = ::open("/dev/null", O_RDONLY);
  if (nothing >= 0) dup2(nothing, STDIN_FILENO);
  dup2(STDERR_FILENO, STDOUT_FILENO);  // our stdout is for the result
  exec_words({"/bin/sh", script});
}

/// Runs the script in namespaces of its own, waits for it, and exits with its status.
[[noreturn]] void watch_over(const std::string& script, int netns, const std::string& routes) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  setpgid(0, 0);  // Ctrl-C at the terminal must only reach us
  if (setns(netns, CLONE_NEWNET) != 0 || unshare(CLONE_NEWNS | CLONE_NEWPID) != 0)
    fail("make the daemon's namespaces");
  make_folder(routes);
  const pid_t pid = fork();
  if (pid < 0) fail("start the daemon");
  if (pid == 0) become_script(script);
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

}  // namespace

Result<Daemons> Daemons::start(const nsglue::Topology& topology, const nsglue::Realised& built,
                               const std::string& routes) {
  Daemons daemons;
  for (const nsglue::Node& node : topology.nodes) {
    const auto script =
        topology.file.parent_path() / fmt::format("{}.{}.sh", topology.file.stem().string(), node.name);
    std::error_code none;
    if (topology.file.empty() || !std::filesystem::exists(script, none)) continue;
    auto netns = open_netns(built.netns.at(node.name));
    if (!netns) return forward(netns);
    const std::string path = std::filesystem::absolute(script).string();
    const pid_t pid = fork();
    if (pid < 0) return errno_error(errno, fmt::format("start {}", path));
    if (pid == 0) watch_over(path, netns->get(), routes);
    daemons.all_.push_back({pid, path});
  }
  return daemons;
}

Daemons::~Daemons() {
  for (const One& one : all_) kill(one.pid, SIGKILL);
  for (const One& one : all_) {
    while (waitpid(one.pid, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
}

Result<void> Daemons::check() {
  for (auto one = all_.begin(); one != all_.end(); ++one) {
    int status = 0;
    if (waitpid(one->pid, &status, WNOHANG) != one->pid) continue;
    const std::string script = one->script;
    all_.erase(one);
    return error(Exit::kFailure, fmt::format("{} has ended", script),
                 fmt::format("exit status {}: see what it said above",
                             WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status)));
  }
  return {};
}

}  // namespace hopcost::campaign
