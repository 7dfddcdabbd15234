#include "stats/search/bisection.h"

namespace hopcost::search {

std::optional<Ask> Bisection::next() const {
  if (!upper_ && !lower_) return Ask{range_.max_load, goal_.final_trial};
  if (!upper_) return std::nullopt;  // the highest load passes
  const double low = lower_.value_or(range_.min_load);
  if (*upper_ - low <= goal_.width * *upper_) {
    if (lower_ || *upper_ <= low) return std::nullopt;
    return Ask{low, goal_.final_trial};  // never tried
  }
  return Ask{(low + *upper_) / 2, goal_.final_trial};
}

void Bisection::add(const Trial& trial) {
  (exceeds(trial, goal_.loss) ? upper_ : lower_) = trial.load;
}

std::optional<std::uint64_t> BurstSearch::next() const noexcept {
  if (fails_at_ > limits_.longest) {  // nothing failed yet: the longest one first
    if (passes_ == limits_.longest) return std::nullopt;
    return limits_.longest;
  }
  if (fails_at_ - passes_ <= limits_.step) return std::nullopt;
  return passes_ + (fails_at_ - passes_) / 2;
}

void BurstSearch::add(bool lost) noexcept {
  const auto burst = next();
  if (!burst) return;
  if (lost && ++failures_ < limits_.repeats) return;
  failures_ = 0;
  (lost ? fails_at_ : passes_) = *burst;
}

}  // namespace hopcost::search
