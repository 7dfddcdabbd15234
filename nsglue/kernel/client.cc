#include "nsglue/kernel/client.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>

#include "base/fd.h"
#include "base/pipe.h"

extern char** environ;

namespace hopcost::nsglue {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::size_t kMost = 65'536;

std::vector<char*> pointers(const std::vector<std::string>& words) {
  std::vector<char*> all;
  for (const std::string& word : words) all.push_back(const_cast<char*>(word.c_str()));
  return all;
}

/// A pipe that already holds all that the program is to read, so that we need not feed it while it runs.
Result<Pipe> filled_pipe(const std::string& input) {
  auto pipe = make_pipe();
  if (!pipe) return pipe;
  if (input.size() > kMost) return error(Exit::kUsage, "more than 64 KiB for a program to read");
  if (::write(pipe->write.get(), input.data(), input.size()) != static_cast<ssize_t>(input.size()))
    return errno_error(errno, "write to a pipe");
  pipe->write = Fd();
  return pipe;
}

/// Starts the program. Gives 0 or an errno.
int start(const std::vector<std::string>& command, const std::vector<std::string>& environment,
          const Pipe& in, const Pipe& out, const Pipe& complaints, pid_t& pid) {
  std::vector<char*> argv = pointers(command), variables = pointers(environment);
  for (char** own = environ; *own != nullptr; ++own) variables.push_back(*own);
  argv.push_back(nullptr);
  variables.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in.read.get(), STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, out.write.get(), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, complaints.write.get(), STDERR_FILENO);
  const int err = posix_spawnp(&pid, argv[0], &actions, nullptr, argv.data(), variables.data());
  posix_spawn_file_actions_destroy(&actions);
  return err;
}

/// Appends what can be read. False when the other side has closed it.
bool read_some(const Fd& from, std::string& into) {
  std::array<char, 4096> buffer;
  const ssize_t got = ::read(from.get(), buffer.data(), buffer.size());
  if (got < 0) return errno == EINTR;
  if (into.size() < kMost) into.append(buffer.data(), static_cast<std::size_t>(got));
  return got > 0;
}

/// Reads both until they are closed. False when that takes too long.
bool read_all(const Fd& out, std::string& text, const Fd& complaints, std::string& complaint,
              std::chrono::seconds longest) {
  const auto deadline = Clock::now() + longest;
  std::array<pollfd, 2> both{pollfd{out.get(), POLLIN, 0}, {complaints.get(), POLLIN, 0}};
  while (both[0].fd >= 0 || both[1].fd >= 0) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    if (left <= 0) return false;
    if (::poll(both.data(), both.size(), static_cast<int>(left)) < 0 && errno != EINTR) return false;
    if (both[0].revents != 0 && !read_some(out, text)) both[0].fd = -1;
    if (both[1].revents != 0 && !read_some(complaints, complaint)) both[1].fd = -1;
  }
  return true;
}

int wait_for(pid_t pid) {
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

}  // namespace

Result<ClientAnswer> ask_client(const std::vector<std::string>& command, const std::string& input,
                                const std::vector<std::string>& environment, std::chrono::seconds longest) {
  auto in = filled_pipe(input);
  if (!in) return forward(in);
  auto out = make_pipe();
  if (!out) return forward(out);
  auto complaints = make_pipe();
  if (!complaints) return forward(complaints);
  pid_t pid = -1;
  if (const int err = start(command, environment, *in, *out, *complaints, pid); err != 0)
    return errno_error(err, fmt::format("run {}", command.front()));
  out->write = Fd();
  complaints->write = Fd();
  ClientAnswer answer;
  const bool ended = read_all(out->read, answer.text, complaints->read, answer.complaint, longest);
  if (!ended) ::kill(pid, SIGKILL);
  const int status = wait_for(pid);
  if (!ended)
    return error(Exit::kFailure,
                 fmt::format("{} did not answer within {} s", command.front(), longest.count()),
                 "see whether it answers you");
  answer.good = WIFEXITED(status) && WEXITSTATUS(status) == 0;
  answer.complaint.resize(std::min(answer.complaint.find('\n'), answer.complaint.size()));
  return answer;
}

}  // namespace hopcost::nsglue
