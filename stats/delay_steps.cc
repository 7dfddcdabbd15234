#include "stats/delay_steps.h"

namespace hopcost {
namespace {

std::int64_t below_zero(std::uint64_t ns) noexcept {
  return -static_cast<std::int64_t>(ns);
}

/// The value of a rank from 1.
std::uint64_t at_rank(const HdrHistogram& h, std::uint64_t rank) noexcept {
  return h.value_at_quantile(static_cast<double>(rank) / static_cast<double>(h.count()));
}

}  // namespace

void DelaySteps::merge(const DelaySteps& other) {
  // All have the default layout, so that no value can be out of range.
  (void)longer_.merge(other.longer_);
  (void)shorter_.merge(other.shorter_);
}

std::int64_t DelaySteps::min() const noexcept {
  return shorter_.count() > 0 ? below_zero(shorter_.max()) : static_cast<std::int64_t>(longer_.min());
}

std::int64_t DelaySteps::max() const noexcept {
  return longer_.count() > 0 ? static_cast<std::int64_t>(longer_.max()) : below_zero(shorter_.min());
}

std::int64_t DelaySteps::median() const noexcept {
  if (count() == 0) return 0;
  const std::uint64_t rank = (count() + 1) / 2;
  if (rank > shorter_.count()) return static_cast<std::int64_t>(at_rank(longer_, rank - shorter_.count()));
  return below_zero(at_rank(shorter_, shorter_.count() - rank + 1));  // the largest magnitude comes first
}

}  // namespace hopcost
