// Devices that a search is held against, by arithmetic alone. Test support.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>

#include "base/random.h"
#include "stats/search/mlr.h"

namespace hopcost::search {

using Device = std::function<Trial(const Ask&)>;

inline double seconds_of(Time t) {
  return static_cast<double>(t.count()) / 1e6;
}

inline Trial trial_of(const Ask& ask, double lost) {
  const double offered = std::round(ask.load * seconds_of(ask.duration));
  return {.load = ask.load,
          .duration = ask.duration,
          .offered = static_cast<std::uint64_t>(offered),
          .lost = static_cast<std::uint64_t>(std::clamp(std::round(lost), 0.0, offered))};
}

/// Serves `rate` frames a second and holds `buffer` of them: it loses (load - rate) T - buffer.
inline Device fluid(double rate, double buffer) {
  return [=](const Ask& ask) { return trial_of(ask, (ask.load - rate) * seconds_of(ask.duration) - buffer); };
}

/// The same whose rate is another by some `spread` (a share) in each trial.
inline Device noisy(double rate, double spread, Random& random) {
  return [=, &random](const Ask& ask) {
    const double now = rate * (1 + spread * (2 * random.unit() - 1));
    return trial_of(ask, (ask.load - now) * seconds_of(ask.duration));
  };
}

/// The same that in one trial of `one_in` loses a frame, at any load.
inline Device accidental(double rate, double buffer, std::size_t one_in, Random& random) {
  return [=, &random](const Ask& ask) {
    Trial t = fluid(rate, buffer)(ask);
    if (t.lost == 0 && random.below(one_in) == 0) t.lost = 1;
    return t;
  };
}

/// Loses a hundredth between two rates, and nothing again from there to `rate`.
inline Device inverting(double from, double to, double rate) {
  return [=](const Ask& ask) {
    const bool bad = ask.load > from && ask.load < to;
    const double over = (ask.load - rate) * seconds_of(ask.duration);
    return trial_of(ask, std::max(over, bad ? 0.01 * ask.load * seconds_of(ask.duration) : 0));
  };
}

/// What a search found, and how long its trials took.
struct Searched {
  std::vector<GoalResult> results;
  double trials_s = 0;
  std::size_t trials = 0;
};

inline Searched search(std::vector<Goal> goals, Range range, const Device& device) {
  MlrSearch mlr(std::move(goals), range);
  Searched s;
  while (const auto ask = mlr.next()) {
    s.trials_s += seconds_of(ask->duration);
    mlr.add(device(*ask));
  }
  s.results = mlr.results();
  s.trials = mlr.count();
  return s;
}

}  // namespace hopcost::search
