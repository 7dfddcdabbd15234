#include "base/child.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>
#include <thread>

#include "base/control.h"

namespace hopcost {
namespace {

using nlohmann::json;
using Clock = std::chrono::steady_clock;

constexpr auto kFarewell = std::chrono::seconds(5);

[[noreturn]] void become(const std::vector<std::string>& argv, int in, int out) {
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  // Ctrl-C at the terminal must reach the parent alone: the parent stops its children in good order.
  setpgid(0, 0);
  dup2(in, STDIN_FILENO);
  dup2(out, STDOUT_FILENO);
  std::vector<char*> args;
  for (const auto& a : argv) args.push_back(const_cast<char*>(a.c_str()));
  args.push_back(nullptr);
  execvp(args[0], args.data());
  const std::string text = fmt::format("{}: {}\n", argv[0], std::strerror(errno));
  (void)!::write(STDERR_FILENO, text.data(), text.size());
  _exit(127);
}

bool wait_for(pid_t pid, int* status, std::chrono::milliseconds limit) {
  const auto end = Clock::now() + limit;
  do {
    if (waitpid(pid, status, WNOHANG) != 0) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  } while (Clock::now() < end);
  return false;
}

}  // namespace

Result<Child> Child::start(const std::vector<std::string>& argv) {
  int to[2], from[2];
  if (pipe2(to, O_CLOEXEC) != 0) return errno_error(errno, "pipe");
  Fd child_in(to[0]), parent_out(to[1]);
  if (pipe2(from, O_CLOEXEC) != 0) return errno_error(errno, "pipe");
  Fd parent_in(from[0]), child_out(from[1]);
  const pid_t pid = fork();
  if (pid < 0) return errno_error(errno, "fork");
  if (pid == 0) become(argv, child_in.get(), child_out.get());

  Child child(pid, std::move(parent_out), std::move(parent_in), argv[0]);
  child_in.reset();
  child_out.reset();
  auto hello = child.read_line(Clock::now() + std::chrono::seconds(20));
  if (!hello) return forward(hello);
  const json j = json::parse(*hello, nullptr, false);
  if (!j.is_object() || get_uint_or(j, "protocol", 0) != kControlProtocol) {
    return error(Exit::kFailure,
                 fmt::format("{} does not speak control protocol {}", argv[0], kControlProtocol),
                 "both ends must be of one version of hopcost");
  }
  return child;
}

Child::Child(Child&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      to_(std::move(other.to_)),
      from_(std::move(other.from_)),
      name_(std::move(other.name_)),
      buffer_(std::move(other.buffer_)),
      next_id_(other.next_id_) {}

Child::~Child() {
  if (pid_ <= 0) return;
  to_.reset();
  int status = 0;
  if (!wait_for(pid_, &status, kFarewell)) {
    kill(pid_, SIGKILL);
    waitpid(pid_, &status, 0);
  }
}

/// An exit code that has a name is the error's, so that a refusal stays one.
std::unexpected<Error> Child::gone() {
  int status = 0;
  if (pid_ <= 0 || !wait_for(pid_, &status, std::chrono::milliseconds(500)))
    return error(Exit::kFailure, fmt::format("{} closed its channel", name_));
  pid_ = -1;
  if (WIFSIGNALED(status))
    return error(Exit::kFailure, fmt::format("{} was ended by signal {} ({})", name_, WTERMSIG(status),
                                             strsignal(WTERMSIG(status))));
  const int code = WEXITSTATUS(status);
  const bool named = code >= static_cast<int>(Exit::kUsage) && code <= static_cast<int>(Exit::kRefused);
  return error(named ? static_cast<Exit>(code) : Exit::kFailure,
               fmt::format("{} exited with status {}", name_, code));
}

Result<std::string> Child::read_line(Clock::time_point deadline) {
  for (;;) {
    if (const auto end = buffer_.find('\n'); end != std::string::npos) {
      std::string line = buffer_.substr(0, end);
      buffer_.erase(0, end + 1);
      return line;
    }
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    if (left <= 0)
      return error(Exit::kFailure, fmt::format("{} did not answer in time", name_),
                   "is the machine overloaded?");
    pollfd p{from_.get(), POLLIN, 0};
    const int ready = ::poll(&p, 1, static_cast<int>(left));
    if (ready < 0 && errno == EINTR) continue;
    char chunk[65536];
    const ssize_t n = ready > 0 ? ::read(from_.get(), chunk, sizeof chunk) : -1;
    if (ready > 0 && n <= 0) return gone();
    if (n > 0) buffer_.append(chunk, static_cast<std::size_t>(n));
  }
}

Result<json> Child::call(const std::string& op, json arguments, std::chrono::milliseconds timeout) {
  const std::uint64_t id = next_id_++;
  arguments["id"] = id;
  arguments["op"] = op;
  const std::string line = arguments.dump() + "\n";
  for (std::size_t done = 0; done < line.size();) {
    const ssize_t n = ::write(to_.get(), line.data() + done, line.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return gone();
    done += static_cast<std::size_t>(n);
  }
  const auto deadline = Clock::now() + timeout;
  for (;;) {
    auto text = read_line(deadline);
    if (!text) return forward(text);
    json reply = json::parse(*text, nullptr, false);
    if (!reply.is_object())
      return error(Exit::kFailure, fmt::format("{} answered {} with something that is not JSON", name_, op));
    if (reply.value("id", json()) != json(id)) continue;  // an event, or the answer to a call that timed out
    if (reply.value("ok", json()) == json(true)) return reply.value("result", json::object());
    return std::unexpected<Error>(error_from_json(reply.value("error", json::object())));
  }
}

}  // namespace hopcost
