#include "stats/search/mlr.h"

#include <algorithm>
#include <cmath>

namespace hopcost::search {
namespace {

/// A stage's trials are at most this many times as long as those of the stage before.
constexpr double kLonger = 8;

}  // namespace

MlrSearch::MlrSearch(std::vector<Goal> goals, Range range) : goals_(std::move(goals)), range_(range) {
  for (const Goal& goal : goals_) plan_stages(goal);
}

/// Trials grow from the initial length to the final one; each stage halves the width of the one before.
void MlrSearch::plan_stages(const Goal& goal) {
  const Time first =
      goal.initial_trial.count() > 0 ? std::min(goal.initial_trial, goal.final_trial) : goal.final_trial;
  const double times = static_cast<double>(goal.final_trial.count()) / static_cast<double>(first.count());
  const int coarser = static_cast<int>(std::ceil(std::log(times) / std::log(kLonger)));
  for (int k = coarser; k >= 0; --k) {
    Goal stage = goal;
    if (k > 0) {
      const double share = std::pow(times, -static_cast<double>(k) / coarser);
      const auto part = [&](Time t) { return Time(std::llround(static_cast<double>(t.count()) * share)); };
      stage.final_trial = k == coarser ? first : part(goal.final_trial);
      stage.duration_sum = std::max(stage.final_trial, part(goal.duration_sum));
      stage.width = std::min(0.5, goal.width * std::pow(2.0, k));
    }
    stages_.push_back(std::move(stage));
  }
}

/// RFC 9971 section 6.2: the smallest upper bound, and the largest lower one below it. So a load that does
/// better than a smaller one (loss inversion) is not believed.
MlrSearch::Bounds MlrSearch::bounds(const Goal& goal) const {
  Bounds b;
  for (const auto& [load, trials] : trials_) {
    const LoadClass c = classify(trials, goal);
    if (c == LoadClass::kLower) b.lower = load;
    if (c != LoadClass::kUpper) continue;
    b.upper = load;
    break;
  }
  return b;
}

std::optional<Ask> MlrSearch::next() {
  for (; stage_ < stages_.size() && count_ < range_.most_trials; ++stage_) {
    const Goal& goal = stages_[stage_];
    if (const auto load = next_load(goal)) return Ask{*load, goal.final_trial};
    before_ = bounds(goal);
    focus_.reset();
    widenings_ = 0;
  }
  return std::nullopt;
}

std::optional<double> MlrSearch::next_load(const Goal& goal) {
  const Bounds b = bounds(goal);
  if (focus_) {
    const auto at = trials_.find(*focus_);
    const bool open = at == trials_.end() || classify(at->second, goal) == LoadClass::kUndecided;
    if (open && (!b.upper || *focus_ < *b.upper) && (!b.lower || *focus_ > *b.lower)) return focus_;
  }
  if (b.lower && b.upper) {
    if (*b.upper - *b.lower <= goal.width * *b.upper) return std::nullopt;
    const double middle = std::sqrt(*b.lower * *b.upper);
    if (middle <= *b.lower || middle >= *b.upper) return std::nullopt;
    return focus_ = between(goal, *b.lower, middle, *b.upper);
  }
  if (b.upper) return focus_ = lower_load(goal, *b.upper);
  if (b.lower) return focus_ = higher_load(goal, *b.lower);
  return focus_ = first_load();
}

/// The lower bound of the stage before, else its upper bound. The first stage starts at the highest load,
/// which shows the forwarding rate.
std::optional<double> MlrSearch::first_load() {
  return before_.lower ? before_.lower : before_.upper ? before_.upper : range_.max_load;
}

/// The step's share of the load; it doubles with each step in the same direction.
double MlrSearch::step(const Goal& goal, bool up) {
  if (up != rising_) widenings_ = 0;
  rising_ = up;
  constexpr double kWithin = 0.999;  // if the first step finds the other bound, the search is over
  return std::min(0.9, kWithin * goal.width * std::pow(2.0, widenings_++));
}

/// The forwarding rate seen at the load, but at least a step below the load: an overloaded device forwards
/// its throughput.
double MlrSearch::below(const Goal& goal, double upper) {
  double forwarded = upper;
  for (const Trial& t : trials_.at(upper)) forwarded = std::min(forwarded, t.forwarding_rate());
  return std::min(forwarded, upper * (1 - step(goal, false)));
}

/// The bound found last is likely the closer one: steps from there, as far as the middle at most. A goal
/// after another one steps up from where that ended.
double MlrSearch::between(const Goal& goal, double lower, double middle, double upper) {
  if (focus_ == lower || (!focus_ && before_.lower)) return std::min(middle, lower * (1 + step(goal, true)));
  if (focus_ == upper) return std::max(middle, below(goal, upper));
  return middle;
}

std::optional<double> MlrSearch::lower_load(const Goal& goal, double upper) {
  if (upper <= range_.min_load) return std::nullopt;
  return std::max(range_.min_load, below(goal, upper));
}

std::optional<double> MlrSearch::higher_load(const Goal& goal, double lower) {
  if (lower >= range_.max_load) return std::nullopt;
  if (before_.upper && *before_.upper > lower && widenings_ == 0) {
    ++widenings_;
    return *before_.upper;
  }
  return std::min(range_.max_load, lower * (1 + step(goal, true)));
}

void MlrSearch::add(const Trial& trial) {
  trials_[trial.load].push_back(trial);
  ++count_;
}

std::vector<GoalResult> MlrSearch::results() const {
  std::vector<GoalResult> all;
  for (const Goal& goal : goals_) {
    const Bounds b = bounds(goal);
    GoalResult r{.goal = goal, .lower = b.lower, .upper = b.upper, .irregular = {}};
    if (b.lower) r.conditional_throughput = conditional_throughput(*b.lower, trials_.at(*b.lower), goal);
    if (!b.lower && !b.upper) {
      r.irregular = "no load was decided";
    } else if (!b.lower) {
      r.irregular = *b.upper <= range_.min_load ? "even the least load loses too much: no lower bound"
                                                : "no lower bound was found";
    } else if (!b.upper) {
      r.irregular = *b.lower >= range_.max_load ? "the highest load is a lower bound: no upper bound"
                                                : "no upper bound was found";
    } else if (*b.upper - *b.lower > goal.width * *b.upper) {
      r.irregular = "the bounds are further apart than the goal's width";
    }
    all.push_back(std::move(r));
  }
  return all;
}

}  // namespace hopcost::search
