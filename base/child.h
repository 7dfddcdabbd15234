// The control channel's calling side: a child process that speaks JSON lines, here or behind ssh.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"

namespace hopcost {

/// Owns one child process. Going away closes its stdin (which ends it), waits, and kills it after 5 s.
class Child {
 public:
  /// Starts `argv` (argv[0] looked up in PATH), reads the hello line and checks the protocol's version.
  /// The child dies with its parent. Its stderr is ours. Errors: kFailure, or the child's own exit code.
  [[nodiscard]] static Result<Child> start(const std::vector<std::string>& argv);

  Child(Child&&) noexcept;
  Child& operator=(Child&&) = delete;
  ~Child();

  /// Sends one request and waits for its response: gives the "result" object. Events that come in between are
  /// dropped. Errors: the child's own error; kFailure when the child has gone (or its own exit code, which is
  /// said) or `timeout` has passed. A stop signal does not cut a call short: slots are short, and their
  /// results are wanted.
  [[nodiscard]] Result<nlohmann::json> call(const std::string& op, nlohmann::json arguments,
                                            std::chrono::milliseconds timeout = std::chrono::seconds(30));

  [[nodiscard]] pid_t pid() const noexcept { return pid_; }

 private:
  Child(pid_t pid, Fd to, Fd from, std::string name)
      : pid_(pid), to_(std::move(to)), from_(std::move(from)), name_(std::move(name)) {}
  [[nodiscard]] Result<std::string> read_line(std::chrono::steady_clock::time_point deadline);
  [[nodiscard]] std::unexpected<Error> gone();

  pid_t pid_ = -1;
  Fd to_, from_;
  std::string name_;
  std::string buffer_;
  std::uint64_t next_id_ = 1;
};

}  // namespace hopcost
