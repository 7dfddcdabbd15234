#include "campaign/measure/end_slots.h"

#include <algorithm>
#include <cmath>

namespace hopcost::campaign {

std::optional<Scatter> scatter_of(const OverBuilds& cost) {
  if (!cost.between_sd) return {};
  const auto builds = static_cast<double>(cost.builds());
  return Scatter{.within = cost.within_sd * cost.within_sd,
                 .between = *cost.between_sd * *cost.between_sd + builds * cost.speed_se * cost.speed_se};
}

void EndSlots::built(double seconds) {
  builds_ += 1;
  fixed_s_ += std::max(0.0, seconds - stretch_ * shortest_s_);
  one_by_stretch_ += 1 / stretch_;
}

double EndSlots::build_s() const noexcept {
  return builds_ == 0 ? 0 : fixed_s_ / builds_ + stretch_ * shortest_s_;
}

void EndSlots::decide(const std::vector<Scatter>& modes, double left_s) {
  if (builds_ == 0 || !(shortest_s_ > 0)) return;
  const double fixed = fixed_s_ / builds_;
  double logarithms = 0, known = 0;
  for (const Scatter& m : modes) {
    if (!(m.within > 0) || !std::isfinite(m.within) || !std::isfinite(m.between)) continue;
    // As the variance would be if all builds had been made at stretch 1.
    const double within = m.within * builds_ / one_by_stretch_;
    const double best = std::sqrt(within * fixed / (std::max(m.between, 0.0) * shortest_s_));
    logarithms += std::log(std::clamp(best, 1.0, most_));
    known += 1;
  }
  if (known == 0) return;
  const double wanted = std::max(1.0, kLeastBuilds - builds_);
  const double affordable = (left_s / wanted - fixed) / shortest_s_;
  stretch_ = std::max(1.0, std::min(std::exp(logarithms / known), affordable));
}

}  // namespace hopcost::campaign
