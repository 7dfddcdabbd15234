// Interval lines and the interval log of capture files, by the captures' own time. One owner thread.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "analyzer/config.h"
#include "analyzer/watch/account.h"
#include "stats/hdr_log.h"

namespace hopcost::analyzer {

class CaptureIntervals {
 public:
  /// As `config` asks for. Errors: of creating the log.
  [[nodiscard]] static Result<CaptureIntervals> open(const Config& config, std::vector<TapFacts> taps);

  /// Before a packet of this time is accounted: ends the interval that is over by then. Intervals count from
  /// the first packet on; those without a packet are left out. Times that go back belong to the interval at
  /// hand.
  void before(std::uint64_t ns, Account& account);
  /// Ends the last interval, once the account is closed. Errors: of writing the log, now or earlier.
  [[nodiscard]] Result<void> finish(Account& account);

 private:
  CaptureIntervals(const Config& config, std::vector<TapFacts> taps, std::optional<HlogWriter> log);
  [[nodiscard]] bool wanted() const noexcept { return interval_ns_ != 0 || log_; }
  void end_interval(std::uint64_t end_ns, Account& account);
  void note(Result<void> result);

  std::vector<TapFacts> taps_;
  std::optional<HlogWriter> log_;
  std::uint64_t interval_ns_;  // 0: one for all that there is
  bool print_;
  Intervals intervals_;
  bool begun_ = false;
  std::uint64_t first_ns_ = 0, begin_ns_ = 0, latest_ns_ = 0;
  Result<void> trouble_;
};

}  // namespace hopcost::analyzer
