// Runs a session's runs one after the other and prints each result. One owner thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <optional>

#include "pktgen/options/config.h"
#include "pktgen/report/live_line.h"
#include "pktgen/report/stats_lines.h"
#include "pktgen/session/session.h"
#include "pktgen/source/replay/due_notice.h"

namespace hopcost::pktgen {

class Runner {
 public:
  /// Both outlive it.
  Runner(const Config& config, Session& session)
      : config_(config), session_(session), text_(session.plan().stdout_is_taken() ? stderr : stdout) {}

  /// Begins a run, whose first departure is not before `earliest_ns` of CLOCK_REALTIME. Errors: kUsage when
  /// one is under way; Session::begin()'s.
  [[nodiscard]] Result<void> start(std::uint64_t earliest_ns = 0);
  /// Whether a run has begun and end() has not been called; done(): whether its workers have finished.
  [[nodiscard]] bool under_way() const noexcept { return lines_.has_value(); }
  [[nodiscard]] bool done() const { return under_way() && !session_.running(); }
  /// Waits for the run's end, prints its result, and gives it as the report's JSON. `asked`: somebody asked
  /// for the stop, so exit() does not count the run as cut short. Errors: Session::finish()'s; those of
  /// files.
  [[nodiscard]] Result<nlohmann::json> end(bool asked);
  /// What end() gave last; null before that.
  [[nodiscard]] const nlohmann::json& result() const noexcept { return result_; }
  /// Exit code of the run that ended last.
  [[nodiscard]] Exit exit() const noexcept { return exit_; }
  [[nodiscard]] Session& session() noexcept { return session_; }
  [[nodiscard]] const Session& session() const noexcept { return session_; }
  [[nodiscard]] std::uint64_t runs() const noexcept { return runs_; }
  /// Time since the current run began; 0 when there is none, and before it begins.
  [[nodiscard]] std::uint64_t elapsed_ns() const noexcept;

 private:
  const Config& config_;
  Session& session_;
  std::FILE* text_;  // where results and lines go
  std::optional<StatsLines> lines_;
  std::optional<LiveLine> live_;
  std::optional<DueNotice> due_;
  std::chrono::steady_clock::time_point begun_;
  std::uint64_t runs_ = 0;
  Exit exit_ = Exit::kOk;
  nlohmann::json result_;
};

}  // namespace hopcost::pktgen
