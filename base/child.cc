#include "base/child.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <nlohmann/json.hpp>
#include <random>
#include <thread>

#include "base/control.h"
#include "base/exec.h"
#include "base/pipe.h"

namespace hopcost {
namespace {

using nlohmann::json;
using Clock = std::chrono::steady_clock;

constexpr auto kFarewell = std::chrono::seconds(5);
/// Loading DPDK's drivers takes half a minute in an emulated guest.
constexpr auto kGreeting = std::chrono::seconds(60);
constexpr std::size_t kLongestBanner = 1 << 20;
constexpr std::size_t kLongestAnswer = 64 << 20;

[[noreturn]] void become(const std::vector<std::string>& argv, int in, int out, int err) {
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  // Ctrl-C at the terminal must only reach the parent, which then stops its children in order.
  setpgid(0, 0);
  dup2(in, STDIN_FILENO);
  dup2(out, STDOUT_FILENO);
  if (err >= 0) dup2(err, STDERR_FILENO);
  exec_words(argv);
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

bool ChildInput::write(const std::string& line) {
  const std::lock_guard lock(mutex_);
  if (!fd_.valid()) return false;
  for (std::size_t done = 0; done < line.size();) {
    const ssize_t n = ::write(fd_.get(), line.data() + done, line.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return false;
    done += static_cast<std::size_t>(n);
  }
  return true;
}

void ChildInput::close() {
  const std::lock_guard lock(mutex_);
  fd_.reset();
}

Result<Child> Child::launch(const ChildCommand& command) {
  auto to = make_pipe(), from = make_pipe();
  if (!to) return forward(to);
  if (!from) return forward(from);
  Pipe said;
  if (!command.host.empty()) {
    auto made = make_pipe();
    if (!made) return forward(made);
    said = std::move(*made);
  }
  const pid_t pid = fork();
  if (pid < 0) return errno_error(errno, "fork");
  if (pid == 0) become(command.argv, to->read.get(), from->write.get(), said.write.get());
  return Child(pid, std::move(to->write), std::move(from->read), std::move(said.read), command);
}

Result<Child> Child::spawn(const ChildCommand& command) {
  auto child = launch(command);
  if (child) child->begin_session();
  return child;
}

Result<Child> Child::start(const std::vector<std::string>& argv) {
  auto child = launch({argv, argv[0], {}});
  if (!child) return child;
  if (auto greeting = child->hello(); !greeting) return forward(greeting);
  return child;
}

Result<void> Child::greet() {
  auto greeting = hello();
  if (!greeting) return forward(greeting);
  return agree(*greeting);
}

Result<json> Child::hello() {
  const auto deadline = Clock::now() + kGreeting;
  for (std::size_t skipped = 0; skipped < kLongestBanner;) {
    auto line = read_line(deadline);
    if (!line) return forward(line);
    const json j = json::parse(*line, nullptr, false);
    if (!j.is_object() || !j.contains("hello")) {
      skipped += line->size() + 1;
      continue;
    }
    greeted_ = true;
    if (get_uint_or(j, "protocol", 0) == kControlProtocol) return j;
    return error(Exit::kFailure,
                 fmt::format("{} does not speak control protocol {}", name_, kControlProtocol),
                 "both ends must be of one version of hopcost");
  }
  return error(Exit::kFailure, fmt::format("{} printed 1 MiB and no hello", name_));
}

/// Asks for the lease before anything is read, because the connection may be lost before greet(). The nonce
/// can only be returned by a reader of our lines: the hello may have been an echo, or an earlier program's.
void Child::begin_session() {
  nonce_ = fmt::format("{:08x}", std::random_device{}());
  session_ = ask("session", {{"nonce", nonce_}, {"lease_s", lease_.count()}});
}

Result<void> Child::agree(const json& hello) {
  const std::string version = get_string_or(hello, "version", "");
  if (version != HOPCOST_VERSION)
    return error(Exit::kMissing,
                 fmt::format("{} is of version {}, hopcost here of {}", name_, version, HOPCOST_VERSION),
                 "both ends must be of one version of hopcost");
  if (!session_) return gone();
  auto session = answer_to(*session_, "session", kGreeting);
  if (!session) return forward(session);
  if (get_string_or(*session, "nonce", "") == nonce_) return {};
  return error(Exit::kFailure, fmt::format("{} does not answer what it is asked", name_));
}

Child::Child(Child&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      to_(std::move(other.to_)),
      from_(std::move(other.from_)),
      said_(std::move(other.said_)),
      name_(std::move(other.name_)),
      host_(std::move(other.host_)),
      nonce_(std::move(other.nonce_)),
      session_(other.session_),
      lease_(other.lease_),
      buffer_(std::move(other.buffer_)),
      said_buffer_(std::move(other.said_buffer_)),
      last_said_(std::move(other.last_said_)),
      greeted_(other.greeted_),
      next_id_(other.next_id_) {}

void Child::dismiss() noexcept {
  if (to_) to_->close();
}

Child::~Child() {
  dismiss();
  if (pid_ <= 0) return;
  int status = 0;
  if (!wait_for(pid_, &status, kFarewell)) {
    kill(pid_, SIGKILL);
    waitpid(pid_, &status, 0);
  }
}

/// The error of a child that has gone. It takes over an exit code that has a name, so that a refusal stays
/// one.
std::unexpected<Error> Child::gone() {
  int status = 0;
  const bool ended = pid_ > 0 && wait_for(pid_, &status, std::chrono::milliseconds(500));
  while (said_.valid()) {
    pollfd p{said_.get(), POLLIN, 0};
    if (::poll(&p, 1, 100) <= 0) break;
    listen();
  }
  const std::string words = greeted_ || last_said_.empty() ? "" : ": " + last_said_;
  if (!ended) return error(Exit::kFailure, fmt::format("{} closed its channel{}", name_, words));
  pid_ = -1;
  if (WIFSIGNALED(status))
    return error(Exit::kFailure, fmt::format("{} was ended by signal {} ({}){}", name_, WTERMSIG(status),
                                             strsignal(WTERMSIG(status)), words));
  const int code = WEXITSTATUS(status);
  const bool named = code >= static_cast<int>(Exit::kUsage) && code <= static_cast<int>(Exit::kRefused);
  return error(
      named ? static_cast<Exit>(code) : Exit::kFailure,
      fmt::format("{} exited with status {}{}{}", name_, code, greeted_ ? "" : " before its hello", words));
}

/// Reads what has come on the child's stderr.
void Child::listen() {
  char chunk[4096];
  const ssize_t n = ::read(said_.get(), chunk, sizeof chunk);
  if (n < 0 && errno == EINTR) return;
  if (n > 0) said_buffer_.append(chunk, static_cast<std::size_t>(n));
  if (n <= 0) said_.reset();
  for (std::size_t end; (end = said_buffer_.find('\n')) != std::string::npos; said_buffer_.erase(0, end + 1))
    tell(said_buffer_.substr(0, end));
  if (!said_.valid() && !said_buffer_.empty()) tell(std::exchange(said_buffer_, {}));
}

/// Passes a line of stderr on. Before the hello it may be a login's banner, or the reason why there will be
/// no hello; it is then kept for the error.
void Child::tell(std::string line) {
  if (!line.empty() && line.back() == '\r') line.pop_back();
  std::ranges::replace_if(
      line, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7f; },
      '?');  // control sequences
  if (line.find_first_not_of(' ') == std::string::npos) return;
  if (greeted_) fmt::print(stderr, "{}: {}\n", host_, line);
  last_said_ = std::move(line);
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
    pollfd p[2] = {{from_.get(), POLLIN, 0}, {said_.get(), POLLIN, 0}};  // poll() skips a negative descriptor
    const int ready = ::poll(p, 2, static_cast<int>(left));
    if (ready < 0 && errno == EINTR) continue;
    if (ready > 0 && p[1].revents != 0) listen();
    if (ready <= 0 || p[0].revents == 0) continue;
    char chunk[65536];
    const ssize_t n = ::read(from_.get(), chunk, sizeof chunk);
    if (n <= 0) return gone();
    buffer_.append(chunk, static_cast<std::size_t>(n));
    if (buffer_.size() > kLongestAnswer)
      return error(Exit::kFailure, fmt::format("{} says a line without an end", name_));
  }
}

std::optional<std::uint64_t> Child::ask(const std::string& op, json arguments) {
  const std::uint64_t id = next_id_++;
  arguments["id"] = id;
  arguments["op"] = op;
  return to_->write(arguments.dump() + "\n") ? std::optional(id) : std::nullopt;
}

Result<json> Child::call(const std::string& op, json arguments, std::chrono::milliseconds timeout) {
  const auto id = ask(op, std::move(arguments));
  if (!id) return gone();
  return answer_to(*id, op, timeout);
}

Result<json> Child::answer_to(std::uint64_t id, const std::string& op, std::chrono::milliseconds timeout) {
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
