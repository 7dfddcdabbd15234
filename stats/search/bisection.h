// The searches in which one trial decides a load or a burst: plain bisection of loads, the baseline for
// MLRsearch, and bisection of bursts in whole frames (RFC 9004 section 6). Pure; one owner thread. Includes
// nothing of ours outside this folder.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "stats/search/mlr.h"

namespace hopcost::search {

/// Tries the highest load first, then always the middle between the highest load that passed and the lowest
/// that did not.
class Bisection {
 public:
  /// Of `goal` only final_trial, loss and width are used.
  Bisection(const Goal& goal, const Range& range) : goal_(goal), range_(range) {}
  /// What to try next; nothing when it is done.
  [[nodiscard]] std::optional<Ask> next() const;
  /// The result of the trial that next() asked for.
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
  /// The search's range, resolution and repeats.
  struct Limits {
    std::uint64_t longest = 1;  ///< Frames: no longer burst is tried.
    std::uint64_t step = 1;     ///< Frames: the result's resolution.
    int repeats = 1;            ///< Most trials of one burst; the first without loss passes it.
  };
  /// All members of `limits` are at least 1.
  explicit BurstSearch(const Limits& limits) : limits_(limits), fails_at_(limits.longest + 1) {}
  /// Frames to send back to back; nothing when it is done.
  [[nodiscard]] std::optional<std::uint64_t> next() const noexcept;
  /// Whether the burst that next() gave lost a frame.
  void add(bool lost) noexcept;
  /// Frames; 0: not even a burst of one frame passed.
  [[nodiscard]] std::uint64_t longest() const noexcept { return passes_; }
  /// The longest burst allowed passed, so the device's limit is not known: it is this or more.
  [[nodiscard]] bool at_limit() const noexcept { return passes_ == limits_.longest; }

 private:
  Limits limits_;
  std::uint64_t passes_ = 0, fails_at_;
  int failures_ = 0;  // of the burst now being tried
};

}  // namespace hopcost::search
