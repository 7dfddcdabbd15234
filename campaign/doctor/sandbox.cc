#include "campaign/doctor/sandbox.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <exception>
#include <fstream>
#include <set>

#include "base/fd.h"
#include "base/pipe.h"

namespace hopcost::campaign {
namespace {

constexpr uid_t kNobody = 65534;
constexpr int kTimeoutMs = 10'000;

Result<void> write_file(const char* path, const std::string& text) {
  const Fd fd(::open(path, O_WRONLY | O_CLOEXEC));
  if (!fd.valid() || ::write(fd.get(), text.data(), text.size()) < 0)
    return errno_error(errno, fmt::format("write {}", path));
  return {};
}

/// See user_namespaces(7): an unprivileged process may map only itself, and must give up setgroups first.
Result<void> enter_user_namespace() {
  if (::getuid() == 0) {
    if (::setgroups(0, nullptr) != 0 || ::setresgid(kNobody, kNobody, kNobody) != 0 ||
        ::setresuid(kNobody, kNobody, kNobody) != 0)
      return errno_error(errno, "become nobody");
    ::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);  // else the files in /proc/self would still belong to root
  }
  const uid_t uid = ::getuid();
  const gid_t gid = ::getgid();
  if (::unshare(CLONE_NEWUSER) != 0) return errno_error(errno, "make a user namespace");
  if (auto r = write_file("/proc/self/setgroups", "deny"); !r) return r;
  if (auto r = write_file("/proc/self/uid_map", fmt::format("0 {} 1", uid)); !r) return r;
  return write_file("/proc/self/gid_map", fmt::format("0 {} 1", gid));
}

Result<void> bring_lo_up() {
  const Fd fd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq request{};
  std::strcpy(request.ifr_name, "lo");
  request.ifr_flags = IFF_UP;
  if (!fd.valid() || ::ioctl(fd.get(), SIOCSIFFLAGS, &request) != 0)
    return errno_error(errno, "bring lo up in a network namespace");
  return {};
}

Result<void> enter(Sandbox kind) {
  if (kind == Sandbox::kRootless) {
    if (auto r = enter_user_namespace(); !r) return r;
  }
  if (::unshare(CLONE_NEWNET | CLONE_NEWNS) != 0)
    return errno_error(errno, "make a network and a mount namespace");
  if (::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
    return errno_error(errno, "make mounts private");
  if (::mount("tmpfs", "/run", "tmpfs", MS_NOSUID | MS_NODEV, "size=1m") != 0)
    return errno_error(errno, "mount a tmpfs on /run");
  return bring_lo_up();
}

/// An error as bytes: "code errno what \0 hint".
std::string pack(const Error& e) {
  return fmt::format("{} {} {}{}{}", static_cast<int>(e.code), e.err, e.what, '\0', e.hint);
}

Error unpack(const std::string& bytes) {
  Error e;
  int code = 0, used = 0;
  if (std::sscanf(bytes.c_str(), "%d %d %n", &code, &e.err, &used) < 2)
    return {"child sent rubbish", 0, {}, Exit::kFailure};
  const std::string rest = bytes.substr(static_cast<std::size_t>(used));
  const std::size_t cut = std::min(rest.find('\0'), rest.size());
  e.what = rest.substr(0, cut);
  if (cut < rest.size()) e.hint = rest.substr(cut + 1);
  e.code = static_cast<Exit>(code);
  return e;
}

[[noreturn]] void child(Sandbox kind, const std::function<Result<void>()>& work, int out) noexcept {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
  std::string answer = "ok";
  try {
    auto done = enter(kind);
    if (done) done = work();
    if (!done) answer = pack(done.error());
  } catch (const std::exception& e) {
    answer = pack({e.what(), 0, {}, Exit::kFailure});
  }
  const ssize_t written = ::write(out, answer.data(), answer.size());
  ::_exit(written == static_cast<ssize_t>(answer.size()) ? 0 : 1);
}

/// All that the child wrote until it closed its end of the pipe; empty after the timeout.
std::string read_answer(int from) {
  std::string answer;
  char buffer[4096];
  for (;;) {
    pollfd ready{from, POLLIN, 0};
    const int n = ::poll(&ready, 1, kTimeoutMs);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return {};
    const ssize_t got = ::read(from, buffer, sizeof buffer);
    if (got <= 0) return answer;
    answer.append(buffer, static_cast<std::size_t>(got));
  }
}

std::set<pid_t> children() {
  std::set<pid_t> all;
  std::ifstream in(fmt::format("/proc/self/task/{}/children", ::gettid()));
  for (pid_t pid = 0; in >> pid;) all.insert(pid);
  return all;
}

void wait_for(pid_t pid) {
  while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
  }
}

/// Ends the programs that the child left running: as its subreaper we have become their parent.
void end_orphans(const std::set<pid_t>& ours) {
  for (bool any = true; any;) {
    any = false;
    for (const pid_t pid : children()) {
      if (ours.contains(pid)) continue;
      any = true;
      ::kill(pid, SIGKILL);
      wait_for(pid);
    }
  }
}

}  // namespace

Result<void> in_sandbox(Sandbox kind, const std::function<Result<void>()>& work) {
  auto pipe = make_pipe();
  if (!pipe) return forward(pipe);
  Fd &from = pipe->read, &to = pipe->write;
  ::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
  const std::set<pid_t> before = children();
  const pid_t pid = ::fork();
  if (pid < 0) return errno_error(errno, "fork");
  if (pid == 0) child(kind, work, to.get());
  to.reset();
  const std::string answer = read_answer(from.get());
  if (answer.empty()) ::kill(pid, SIGKILL);
  wait_for(pid);
  if (answer == "ok") return {};
  end_orphans(before);
  if (answer.empty()) return error(Exit::kFailure, "the child that tried it died or took more than 10 s");
  return std::unexpected<Error>(unpack(answer));
}

}  // namespace hopcost::campaign
