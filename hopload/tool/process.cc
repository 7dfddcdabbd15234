#include "hopload/tool/process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>
#include <utility>

#include "base/exec.h"
#include "base/netns.h"
#include "base/placement.h"
#include "base/text.h"

namespace hopcost::hopload {
namespace {

constexpr std::size_t kMostWords = 4 << 20;

[[noreturn]] void become(const std::vector<std::string>& argv, int out, int err, std::optional<int> cpu) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  setpgid(0, 0);
  keep_to(cpu);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  signal(SIGPIPE, SIG_DFL);  // we ignore it, and exec would keep that
  const int nothing = ::open("/dev/null", O_RDONLY);
  dup2(nothing, STDIN_FILENO);
  dup2(out, STDOUT_FILENO);
  dup2(err, STDERR_FILENO);
  exec_words(argv);
}

std::string whole(int fd) {
  std::string text;
  char chunk[65536];
  for (off_t at = 0; text.size() < kMostWords;) {
    const ssize_t n = ::pread(fd, chunk, sizeof chunk, at);
    if (n <= 0) break;
    text.append(chunk, static_cast<std::size_t>(n));
    at += n;
  }
  return text;
}

/// A line of /proc/PID/net/tcp or its like: "sl local_address rem_address st ...", ports in hexadecimal.
bool has_port(const std::string& file, std::uint16_t port, bool listening) {
  std::ifstream in(file);
  std::string line, slot, local, remote, state;
  std::getline(in, line);
  while (std::getline(in, line)) {
    std::istringstream words(line);
    words >> slot >> local >> remote >> state;
    const auto colon = local.rfind(':');
    if (colon == std::string::npos || std::strtoul(local.c_str() + colon + 1, nullptr, 16) != port) continue;
    if (!listening || state == "0A") return true;
  }
  return false;
}

}  // namespace

Result<Process> Process::start(const std::vector<std::string>& argv, const std::string& netns,
                               std::optional<int> cpu) {
  if (auto found = find_tool(argv); !found) return forward(found);
  Fd out(memfd_create("out", MFD_CLOEXEC)), err(memfd_create("err", MFD_CLOEXEC));
  if (!out.valid() || !err.valid()) return errno_error(errno, "make a file in memory");
  auto inside = NetnsScope::enter(netns);  // the child starts in it
  if (!inside) return forward(inside);
  const pid_t pid = fork();
  if (pid < 0) return errno_error(errno, "fork");
  if (pid == 0) become(argv, out.get(), err.get(), cpu);
  return Process(pid, std::move(out), std::move(err));
}

Process::Process(Process&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      over_(other.over_),
      out_(std::move(other.out_)),
      err_(std::move(other.err_)),
      begun_(other.begun_) {}

Process::~Process() {
  if (pid_ <= 0) return;
  kill(-pid_, SIGKILL);
  if (over_) return;
  kill(pid_, SIGKILL);  // its process group may not exist yet
  waitpid(pid_, nullptr, 0);
}

std::optional<Ended> Process::wait(std::chrono::milliseconds limit) {
  if (over_) return std::nullopt;
  const Fd watch(static_cast<int>(syscall(SYS_pidfd_open, pid_, 0)));
  if (!watch.valid()) return std::nullopt;
  const auto end = std::chrono::steady_clock::now() + limit;
  pollfd p{watch.get(), POLLIN, 0};
  for (int ready = -1; ready < 0;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    ready = ::poll(&p, 1, static_cast<int>(std::max<std::int64_t>(0, left.count())));
  }
  int status = 0;
  if (waitpid(pid_, &status, WNOHANG) != pid_) return std::nullopt;
  over_ = true;
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begun_;
  return Ended{WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), elapsed.count()};
}

std::string Process::out() const {
  return whole(out_.get());
}

std::string Process::err() const {
  return whole(err_.get());
}

std::string Process::last_words() const {
  for (std::string text : {err(), out()}) {
    while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())) != 0) text.pop_back();
    if (text.empty()) continue;
    std::string line = text.substr(text.rfind('\n') + 1);
    if (line.size() > 200) line.resize(200);
    return line;
  }
  return "it said nothing";
}

Result<void> find_tool(const std::vector<std::string>& argv) {
  if (argv.empty() || argv.front().empty()) return error(Exit::kUsage, "no program is named");
  const std::string& name = argv.front();
  if (name.find('/') != std::string::npos) {
    if (::access(name.c_str(), X_OK) == 0) return {};
    return errno_error(errno, fmt::format("start {}", name));
  }
  const char* const path = std::getenv("PATH");
  for (const std::string& folder : split(path == nullptr ? "/usr/bin:/bin" : path, ':')) {
    if (::access((folder + "/" + name).c_str(), X_OK) == 0) return {};
  }
  return error(
      Exit::kMissing, fmt::format("there is no program {} here", name),
      fmt::format("install it, or put it into PATH: which package has it, apt-file search bin/{} says",
                  name));
}

bool listens(pid_t pid, std::uint16_t port) {
  const std::string folder = fmt::format("/proc/{}/net/", pid);
  for (const char* file : {"tcp", "tcp6", "udp", "udp6"}) {
    if (has_port(folder + file, port, file[0] == 't')) return true;
  }
  return false;
}

}  // namespace hopcost::hopload
