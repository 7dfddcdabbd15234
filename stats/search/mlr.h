// Multiple Loss Ratio search (RFC 9971): which load to try next for how long, until each goal's bounds are
// close enough. Pure: it does no I/O, reads no clock and draws no random numbers, so the same results always
// lead to the same next trials. One owner thread. Includes nothing of ours outside this folder.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "stats/search/goal.h"

namespace hopcost::search {

/// The trial to make next.
struct Ask {
  double load = 0;  ///< Frames a second.
  Time duration{};
};

/// RFC 9971 sections 5.8 and 6.3: what was found for one goal.
struct GoalResult {
  Goal goal;
  std::optional<double> lower;        ///< The Relevant Lower Bound, frames a second.
  std::optional<double> upper;        ///< The Relevant Upper Bound.
  double conditional_throughput = 0;  ///< At `lower`, frames a second; 0 without it.
  std::string irregular;              ///< Why the result is not a regular one; empty when it is.
};

/// The loads to search between, and the limit on trials.
struct Range {
  double min_load = 1, max_load = 1;  ///< Frames a second, above 0; both ends may be tried.
  std::size_t most_trials = 1000;     ///< After this many trials the search ends with what it has found.
};

/// One search for several goals.
class MlrSearch {
 public:
  /// At least one goal. Goals are searched in their order; each uses all trials made for the goals before it.
  MlrSearch(std::vector<Goal> goals, Range range);

  /// What to try next; nothing when every goal is done. Gives the same until add() is called.
  [[nodiscard]] std::optional<Ask> next();
  /// Adds a trial's result, whether next() asked for that load and duration or not.
  void add(const Trial& trial);

  /// What is known so far; one per goal.
  [[nodiscard]] std::vector<GoalResult> results() const;
  [[nodiscard]] std::size_t count() const noexcept { return count_; }

 private:
  struct Bounds {
    std::optional<double> lower, upper;
  };
  void plan_stages(const Goal& goal);
  [[nodiscard]] Bounds bounds(const Goal& goal) const;
  [[nodiscard]] std::optional<double> next_load(const Goal& goal);
  [[nodiscard]] std::optional<double> first_load();
  [[nodiscard]] std::optional<double> lower_load(const Goal& goal, double upper);
  [[nodiscard]] std::optional<double> higher_load(const Goal& goal, double lower);
  [[nodiscard]] double between(const Goal& goal, double lower, double middle, double upper);
  [[nodiscard]] double below(const Goal& goal, double upper);
  [[nodiscard]] double step(const Goal& goal, bool up);

  std::vector<Goal> goals_;
  std::vector<Goal> stages_;  // each is a goal, or a cheaper, coarser form of one
  Range range_;
  std::map<double, std::vector<Trial>> trials_;
  std::size_t count_ = 0, stage_ = 0;
  int widenings_ = 0;            // steps in a row in the same direction
  bool rising_ = false;          // direction of the last step
  std::optional<double> focus_;  // the load tried until it is decided
  Bounds before_;                // bounds found by the stage before
};

}  // namespace hopcost::search
