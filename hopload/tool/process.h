// A program of others, started in a network namespace: its words, its end. The control thread
// owns it. Includes base.
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
  /// Starts `argv` (argv[0] looked up in PATH) in the namespace, on that CPU alone where one is given, in a
  /// process group of its own that goes with this process. Errors: kMissing when there is no such program or
  /// namespace.
  [[nodiscard]] static Result<Process> start(const std::vector<std::string>& argv, const std::string& netns,
                                             std::optional<int> cpu);
  Process(Process&& other) noexcept;
  Process& operator=(Process&&) = delete;
  /// Kills the whole group, and waits.
  ~Process();

  /// Waits for its end. Nothing when it still runs then.
  [[nodiscard]] std::optional<Ended> wait(std::chrono::milliseconds limit);
  /// All it has written to standard output until now; the first 4 MiB.
  [[nodiscard]] std::string out() const;
  /// The same of standard error.
  [[nodiscard]] std::string err() const;
  [[nodiscard]] pid_t pid() const noexcept { return pid_; }
  /// Its last words, for a message: of standard error, else of standard output; one line.
  [[nodiscard]] std::string last_words() const;

 private:
  Process(pid_t pid, Fd out, Fd err) : pid_(pid), out_(std::move(out)), err_(std::move(err)) {}

  pid_t pid_ = -1;
  bool over_ = false;
  Fd out_, err_;  // files in memory
  std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
};

/// Whether argv[0] names a program that can be started. Errors: kMissing, with how it is installed.
[[nodiscard]] Result<void> find_tool(const std::vector<std::string>& argv);

/// Whether a process of that namespace listens at the port (TCP), or has it (UDP): `pid` is one inside.
[[nodiscard]] bool listens(pid_t pid, std::uint16_t port);

}  // namespace hopcost::hopload
