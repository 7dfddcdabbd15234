#include "campaign/measure/stopping.h"

#include <algorithm>
#include <cmath>

namespace hopcost::campaign {
namespace {

constexpr double kFirstLook = 8;

double widest(const std::vector<double>& half_widths) {
  return half_widths.empty() ? 0 : *std::ranges::max_element(half_widths);
}

}  // namespace

bool is_look(std::size_t builds) {
  double look = kFirstLook;
  for (int i = 1; std::llround(look) < static_cast<long long>(builds); ++i)
    look = kFirstLook * std::pow(2.0, i / 2.0);
  return std::llround(look) == static_cast<long long>(builds);
}

bool Stopping::narrow(std::size_t builds, const std::vector<double>& half_widths) {
  if (target_ <= 0 || half_widths.empty() || !is_look(builds)) return false;
  const bool narrow = widest(half_widths) <= target_;
  const bool twice = narrow && was_narrow_;
  was_narrow_ = narrow;
  return twice;
}

std::size_t Stopping::wanted(std::size_t builds, const std::vector<double>& half_widths) const {
  const double width = widest(half_widths);
  if (target_ <= 0 || builds == 0 || !std::isfinite(width)) return 0;
  const double needed = static_cast<double>(builds) * std::pow(width / target_, 2);
  for (std::size_t n = static_cast<std::size_t>(kFirstLook);; ++n) {
    if (is_look(n) && static_cast<double>(n) >= std::min(needed, 1e6)) return n;
  }
}

}  // namespace hopcost::campaign
