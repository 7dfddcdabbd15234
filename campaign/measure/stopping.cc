#include "campaign/measure/stopping.h"

#include <algorithm>
#include <cmath>

namespace hopcost::campaign {
namespace {

constexpr double kFirstLook = 8;
constexpr double kFarOff = 1e6;  // builds

std::size_t look_from(std::size_t builds) {
  while (!is_look(builds)) ++builds;
  return builds;
}

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

std::size_t look_before(std::size_t builds) {
  while (builds-- > 0) {
    if (is_look(builds)) return builds;
  }
  return 0;
}

bool Stopping::narrow(std::size_t builds, const std::vector<double>& half_widths) {
  if (target_ <= 0 || half_widths.empty() || !is_look(builds) || builds == looked_at_) return false;
  looked_at_ = builds;
  const bool narrow = widest(half_widths) <= target_;
  const bool twice = narrow && was_narrow_;
  was_narrow_ = narrow;
  return twice;
}

std::size_t Stopping::wanted(std::size_t builds, const std::vector<double>& half_widths) const {
  const double width = widest(half_widths);
  if (target_ <= 0 || builds == 0 || !std::isfinite(width)) return 0;
  const double needed = static_cast<double>(builds) * std::pow(width / target_, 2);
  const std::size_t narrow_from = static_cast<std::size_t>(std::ceil(std::min(needed, kFarOff)));
  const std::size_t next = look_from(std::max(builds, looked_at_ + 1));
  if (was_narrow_ && narrow_from <= next) return next;
  return look_from(look_from(std::max(narrow_from, next)) + 1);
}

}  // namespace hopcost::campaign
