// The searches that one trial decides: plain bisection of loads, as the baseline MLRsearch is held against,
// and of bursts in whole frames (RFC 9004 section 6). Pure; one owner thread. Includes nothing of ours
// outside this folder.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "stats/search/mlr.h"

namespace hopcost::search {

/// The highest load first, then always the middle between the highest that passed and the lowest that did
/// not.
class Bisection {
 public:
  /// `goal`: of it the final trial, the loss and the width.
  Bisection(const Goal& goal, const Range& range) : goal_(goal), range_(range) {}
  /// What to try next; nothing when it is done.
  [[nodiscard]] std::optional<Ask> next() const;
  /// Of what next() gave.
  void add(const Trial& trial);
  [[nodiscard]] std::optional<double> lower() const noexcept { return lower_; }
  [[nodiscard]] std::optional<double> upper() const noexcept { return upper_; }

 private:
  Goal goal_;
  Range range_;
  std::optional<double> lower_, upper_;
};

/// The longest burst without loss: ETSI TST009's binary search with loss verification over a burst's length.
class BurstSearch {
 public:
  /// How far, how fine, how often.
  struct Limits {
    std::uint64_t longest = 1;  ///< Frames: no burst is longer. A result there is none: it may be more.
    std::uint64_t step = 1;     ///< The result is known to so many frames.
    int repeats = 1;            ///< A burst with loss is tried so often in all; once without loss passes.
  };
  /// All of `limits` are 1 and above.
  explicit BurstSearch(const Limits& limits) : limits_(limits), fails_at_(limits.longest + 1) {}
  /// Frames to send back to back; nothing when it is done.
  [[nodiscard]] std::optional<std::uint64_t> next() const noexcept;
  /// Of the burst that next() gave.
  void add(bool lost) noexcept;
  /// Frames; 0: not even one got through.
  [[nodiscard]] std::uint64_t longest() const noexcept { return passes_; }
  /// The longest burst that may be tried passed: the device's limit is somewhere above.
  [[nodiscard]] bool at_limit() const noexcept { return passes_ == limits_.longest; }

 private:
  Limits limits_;
  std::uint64_t passes_ = 0, fails_at_;
  int failures_ = 0;  // of the burst at work
};

}  // namespace hopcost::search
