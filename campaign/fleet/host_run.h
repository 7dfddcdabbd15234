// One host's run: a child process of our own program, which writes into the host's folder. One owner thread.
// Includes base/.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>

#include "base/result.h"
#include "campaign/fleet/host_folder.h"

namespace hopcost::campaign {

class HostRun {
 public:
  /// The clock of begun().
  using Clock = std::chrono::steady_clock;

  /// Starts `hopcost run` on the folder's campaign; its output goes into the folder's log. It ends when we
  /// do. Errors: fork(2)'s, and those of opening the log.
  [[nodiscard]] static Result<HostRun> start(const HostFolder& folder);
  HostRun(HostRun&& other) noexcept;
  HostRun& operator=(HostRun&& other) noexcept;
  /// Stops it, and waits.
  ~HostRun();

  /// Whether it has ended. If a signal ended it, adds that to the log.
  [[nodiscard]] bool ended();
  /// Asks it to end and to write what it has, and adds `why` to the log. May be called often: a call later
  /// than kPatience after the first kills it.
  void stop(const std::string& why);
  [[nodiscard]] Clock::time_point begun() const noexcept { return begun_; }

 private:
  /// Two leases, in which the other host removes what stands there.
  static constexpr auto kPatience = std::chrono::seconds(60);
  HostRun(pid_t pid, HostFolder folder) : pid_(pid), folder_(std::move(folder)), begun_(Clock::now()) {}
  void note(const std::string& line) const;

  pid_t pid_ = -1;
  HostFolder folder_;
  Clock::time_point begun_;
  std::optional<Clock::time_point> asked_;  ///< When it was asked to end.
};

}  // namespace hopcost::campaign
