// The runs of a session, one after the other, each printed as it ends. One owner thread.
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
  /// `session` outlives it.
  Runner(const Config& config, Session& session)
      : config_(config), session_(session), text_(session.plan().stdout_is_taken() ? stderr : stdout) {}

  /// Errors: kUsage when a run is under way; Session::begin()'s.
  [[nodiscard]] Result<void> start();
  /// A run has begun and not ended; also true when the workers are done but nobody has fetched the result.
  [[nodiscard]] bool under_way() const noexcept { return lines_.has_value(); }
  [[nodiscard]] bool done() const { return under_way() && !session_.running(); }
  /// Waits for the run's end, prints its result, and gives it as the report's JSON. For exit(), a run that
  /// was `asked` to stop does not count as cut short. Errors: Session::finish()'s; those of files.
  [[nodiscard]] Result<nlohmann::json> end(bool asked);
  /// What end() gave last; null before.
  [[nodiscard]] const nlohmann::json& result() const noexcept { return result_; }
  /// Of the run that ended last.
  [[nodiscard]] Exit exit() const noexcept { return exit_; }
  [[nodiscard]] Session& session() noexcept { return session_; }
  [[nodiscard]] const Session& session() const noexcept { return session_; }
  [[nodiscard]] std::uint64_t runs() const noexcept { return runs_; }
  /// Of the run under way; 0 when there is none.
  [[nodiscard]] std::uint64_t elapsed_ns() const noexcept;

 private:
  const Config& config_;
  Session& session_;
  std::FILE* text_;  // results and lines go there
  std::optional<StatsLines> lines_;
  std::optional<LiveLine> live_;
  std::optional<DueNotice> due_;
  std::chrono::steady_clock::time_point begun_;
  std::uint64_t runs_ = 0;
  Exit exit_ = Exit::kOk;
  nlohmann::json result_;
};

}  // namespace hopcost::pktgen
