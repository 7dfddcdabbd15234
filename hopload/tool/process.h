// A third-party program started in a network namespace: its output and its end. The control thread owns it.
// Includes base.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"

namespace hopcost::hopload {

/// How a program ended.
struct Ended {
  int code = 0;  ///< Exit status, or 128 + signal.
  double elapsed_s = 0;
};

class Process {
 public:
  /// Starts `argv` (argv[0] looked up in PATH) in the namespace, pinned to `cpu` if given, in its own process
  /// group. The program is killed when our process dies. Errors: kMissing when there is no such program or
  /// namespace.
  [[nodiscard]] static Result<Process> start(const std::vector<std::string>& argv, const std::string& netns,
                                             std::optional<int> cpu);
  Process(Process&& other) noexcept;
  Process& operator=(Process&&) = delete;
  /// Kills the whole group and waits.
  ~Process();

  /// Waits up to `limit` for its end. Nothing when it still runs.
  [[nodiscard]] std::optional<Ended> wait(std::chrono::milliseconds limit);
  /// What it has written to standard output so far; the first 4 MiB.
  [[nodiscard]] std::string out() const;
  /// The same of standard error.
  [[nodiscard]] std::string err() const;
  [[nodiscard]] pid_t pid() const noexcept { return pid_; }
  /// Its last line of output, for a message: of standard error, else of standard output.
  [[nodiscard]] std::string last_words() const;

 private:
  Process(pid_t pid, Fd out, Fd err) : pid_(pid), out_(std::move(out)), err_(std::move(err)) {}

  pid_t pid_ = -1;
  bool over_ = false;
  Fd out_, err_;  // memory files (memfd)
  std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
};

/// Checks whether argv[0] names a program that can be started. Errors: kMissing, with a hint on how to
/// install it.
[[nodiscard]] Result<void> find_tool(const std::vector<std::string>& argv);

/// Whether any socket in the network namespace of process `pid` listens at the port (TCP) or is bound to it
/// (UDP).
[[nodiscard]] bool listens(pid_t pid, std::uint16_t port);

}  // namespace hopcost::hopload
