// The live view: looks at the path twice a second, keeps the trails, draws. Owned by the stand-alone
// program's loop.
#pragma once

#include <chrono>
#include <deque>
#include <vector>

#include "analyzer/correlate/tallies.h"
#include "analyzer/live/draw.h"
#include "analyzer/live/terminal.h"
#include "analyzer/watch/path.h"

namespace hopcost::analyzer {

class LiveView {
 public:
  /// The clock whose time look() takes.
  using Clock = std::chrono::steady_clock;
  static constexpr auto kRedrawEvery = std::chrono::milliseconds(500);

  /// Errors: Terminal::open()'s.
  [[nodiscard]] static Result<LiveView> open(std::size_t taps);

  /// Redraws when it is time to. `start`: when counting began.
  void look(Path& path, Clock::time_point now, Clock::time_point start);

 private:
  LiveView(Terminal terminal, std::size_t taps) : terminal_(std::move(terminal)), intervals_(taps) {}

  Terminal terminal_;
  Intervals intervals_;
  std::vector<std::deque<std::optional<std::uint64_t>>> trails_;
  Clock::time_point last_{};
};

/// What is shown, from the summary of the last interval and of all. `trails` grows by this interval.
[[nodiscard]] LiveSnapshot live_snapshot(const Summary& interval, const Summary& total, double elapsed_s,
                                         double interval_s,
                                         std::vector<std::deque<std::optional<std::uint64_t>>>& trails);

}  // namespace hopcost::analyzer
