#include "campaign/fleet/host_run.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <thread>
#include <utility>

#include "base/exec.h"
#include "base/fd.h"

namespace hopcost::campaign {

Result<HostRun> HostRun::start(const HostFolder& folder) {
  const Fd log(::open(folder.log().c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0644));
  if (!log.valid()) return errno_error(errno, fmt::format("write {}", folder.log().string()));
  std::error_code none;
  const std::string self = std::filesystem::read_symlink("/proc/self/exe", none);
  const std::vector<std::string> words = {
      self, "run", folder.campaign().string(), "--out", folder.result().string(), "--quiet"};
  const pid_t parent = getpid(), pid = fork();
  if (pid < 0) return errno_error(errno, "fork");
  if (pid > 0) return HostRun(pid, folder);
  setpgid(0, 0);  // Ctrl-C must only reach us; we pass it on
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (getppid() != parent) _exit(1);
  const int nothing = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  dup2(nothing, STDIN_FILENO);
  dup2(log.get(), STDOUT_FILENO);
  dup2(log.get(), STDERR_FILENO);
  exec_words(words);
}

HostRun::HostRun(HostRun&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      folder_(std::move(other.folder_)),
      begun_(other.begun_),
      asked_(other.asked_) {}

HostRun& HostRun::operator=(HostRun&& other) noexcept {
  std::swap(pid_, other.pid_);
  std::swap(folder_, other.folder_);
  std::swap(begun_, other.begun_);
  std::swap(asked_, other.asked_);
  return *this;
}

HostRun::~HostRun() {
  while (pid_ > 0 && !ended()) {
    stop("the fleet ends");
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

bool HostRun::ended() {
  if (pid_ < 0) return true;
  int status = 0;
  if (waitpid(pid_, &status, WNOHANG) != pid_) return false;
  pid_ = -1;
  if (WIFSIGNALED(status)) note(fmt::format("it was ended by a signal: {}", strsignal(WTERMSIG(status))));
  return true;
}

void HostRun::stop(const std::string& why) {
  if (pid_ < 0) return;
  if (!asked_) {
    asked_ = Clock::now();
    note(why);
    kill(pid_, SIGTERM);
  } else if (Clock::now() - *asked_ > kPatience) {
    kill(pid_, SIGKILL);
  }
}

void HostRun::note(const std::string& line) const {
  std::ofstream log(folder_.log(), std::ios::app);
  log << "hopcost: error: " << line << "\n";
}

}  // namespace hopcost::campaign
