#include "campaign/device/shell.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <thread>

#include "base/signals.h"

namespace hopcost::campaign {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kShellLook = std::chrono::milliseconds(5);

[[noreturn]] void become_shell(const char* words) {
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  setpgid(0, 0);
  for (const int number : {SIGINT, SIGTERM, SIGPIPE}) signal(number, SIG_DFL);
  const int nothing = ::open("/dev/null", O_RDONLY);
  if (nothing >= 0) dup2(nothing, STDIN_FILENO);
  dup2(STDERR_FILENO, STDOUT_FILENO);  // our stdout is for the result
  execl("/bin/sh", "sh", "-c", words, static_cast<char*>(nullptr));
  _exit(127);
}

void end_shell(pid_t pid) {
  kill(-pid, SIGKILL);
  while (waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
  }
}

}  // namespace

Result<void> run_shell_until(const std::string& words, Clock::time_point limit) {
  const pid_t pid = fork();
  if (pid < 0) return errno_error(errno, "start a shell");
  if (pid == 0) become_shell(words.c_str());
  setpgid(pid, pid);  // parent and child both do it, whichever comes first
  int status = 0;
  while (waitpid(pid, &status, WNOHANG) == 0) {
    const bool stopped = stop_requested();
    if (stopped || Clock::now() >= limit) {
      end_shell(pid);
      if (stopped) return error(Exit::kPartial, "stopped in the middle of a trial");
      return error(Exit::kFailure, fmt::format("'{}' does not end", words),
                   "it may last as long as the stream and some seconds more");
    }
    std::this_thread::sleep_for(kShellLook);
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  return error(Exit::kFailure, WIFSIGNALED(status)
                                   ? fmt::format("'{}' was ended by signal {}", words, WTERMSIG(status))
                                   : fmt::format("'{}' failed: exit status {}", words, WEXITSTATUS(status)));
}

}  // namespace hopcost::campaign
