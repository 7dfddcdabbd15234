// The control channel's calling side: a child process that speaks JSON lines, here or behind ssh.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"

namespace hopcost {

/// How to start a child, here or on another host.
struct ChildCommand {
  std::vector<std::string> argv;  ///< argv[0] is looked up in PATH.
  std::string name;               ///< For people: "analyzer on router".
  /// The other host's name, under which we repeat what the child and ssh write to stderr. Empty: the child is
  /// here, and its stderr is ours.
  std::string host;
  /// The child ends when it has read nothing for this long; 0: never.
  std::chrono::seconds lease{0};
};

/// A child's stdin. Any thread may write whole lines.
class ChildInput {
 public:
  /// Takes ownership.
  explicit ChildInput(Fd fd) : fd_(std::move(fd)) {}
  /// Writes one line. False once the child has gone or close() was called.
  bool write(const std::string& line);
  /// The child sees the end of its stdin.
  void close();

 private:
  std::mutex mutex_;
  Fd fd_;
};

/// Owns one child process. The destructor closes its stdin, which ends it, waits for that, and kills it if it
/// has not ended after 5 s.
class Child {
 public:
  /// Starts a child, skips what a login prints before the hello line, and checks that the child's protocol is
  /// ours. The child dies with its parent. Its stderr is ours. Errors: kFailure, or the child's own exit
  /// code.
  [[nodiscard]] static Result<Child> start(const std::vector<std::string>& argv);
  /// Starts one of our own programs as a child and does not wait for it: greet() comes before the first
  /// call(). The child has its lease from the beginning. Errors: kFailure.
  [[nodiscard]] static Result<Child> spawn(const ChildCommand& command);

  Child(Child&&) noexcept;
  Child& operator=(Child&&) = delete;
  ~Child();

  /// Waits for the hello line of a child that spawn() gave, and checks its protocol, that its version is
  /// ours, and that it reads what we write. Errors: kFailure when it ended before its hello, with its exit
  /// status and its last line on stderr; kMissing for another version.
  [[nodiscard]] Result<void> greet();

  /// Closes the child's stdin and does not wait: so that several children end at the same time.
  void dismiss() noexcept;

  /// Sends one request, waits for its response, and gives the "result" object. Events that come before the
  /// response are dropped. Errors: the child's own error; kFailure when `timeout` has passed or the child has
  /// gone; if it exited with a code of its own, that code. A stop signal does not cut a call short: slots are
  /// short, and their results are wanted.
  [[nodiscard]] Result<nlohmann::json> call(const std::string& op, nlohmann::json arguments,
                                            std::chrono::milliseconds timeout = std::chrono::seconds(30));

  [[nodiscard]] pid_t pid() const noexcept { return pid_; }
  /// For the thread that keeps the lease alive: it may write "ping" lines without an id; call() drops the
  /// answers.
  [[nodiscard]] std::weak_ptr<ChildInput> input() const noexcept { return to_; }

 private:
  Child(pid_t pid, Fd to, Fd from, Fd said, const ChildCommand& command)
      : pid_(pid),
        to_(std::make_shared<ChildInput>(std::move(to))),
        from_(std::move(from)),
        said_(std::move(said)),
        name_(command.name),
        host_(command.host),
        lease_(command.lease) {}
  [[nodiscard]] static Result<Child> launch(const ChildCommand& command);
  void begin_session();
  /// Sends a request and gives its id; nothing when the child has gone.
  std::optional<std::uint64_t> ask(const std::string& op, nlohmann::json arguments);
  [[nodiscard]] Result<nlohmann::json> answer_to(std::uint64_t id, const std::string& op,
                                                 std::chrono::milliseconds timeout);
  [[nodiscard]] Result<nlohmann::json> hello();
  [[nodiscard]] Result<void> agree(const nlohmann::json& hello);
  [[nodiscard]] Result<std::string> read_line(std::chrono::steady_clock::time_point deadline);
  void listen();
  void tell(std::string line);
  [[nodiscard]] std::unexpected<Error> gone();

  pid_t pid_ = -1;
  std::shared_ptr<ChildInput> to_;
  Fd from_, said_;  // its stdout; its stderr, unless that is ours
  std::string name_, host_;
  std::string nonce_;
  std::optional<std::uint64_t> session_;  // the id of its request
  std::chrono::seconds lease_{0};
  std::string buffer_, said_buffer_, last_said_;
  bool greeted_ = false;
  std::uint64_t next_id_ = 1;
};

}  // namespace hopcost
