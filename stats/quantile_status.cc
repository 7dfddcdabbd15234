#include "stats/quantile_status.h"

namespace hopcost {

std::string_view reason(QuantileStatus status) noexcept {
  switch (status) {
    case QuantileStatus::kOk:
      return "";
    case QuantileStatus::kEmpty:
      return "no packets";
    case QuantileStatus::kLoss:
      return "more packets were lost than lie beyond this quantile";
    case QuantileStatus::kTooFew:
      return "fewer than 100 packets lie beyond this quantile";
  }
  return "";
}

QuantileStatus quantile_status(const HdrHistogram& histogram, double q, double lost_share) noexcept {
  constexpr double kRounding = 1e-9;  // 1 - 0.9 is not quite 0.1
  const double arrived = static_cast<double>(histogram.count());
  const double recorded = arrived + static_cast<double>(histogram.overflow());
  if (recorded == 0) return lost_share > 0 ? QuantileStatus::kLoss : QuantileStatus::kEmpty;
  const double infinite = lost_share + (1 - lost_share) * (1 - arrived / recorded);
  if (infinite > (1 - q) * (1 + kRounding)) return QuantileStatus::kLoss;
  const double n = lost_share < 1 ? recorded / (1 - lost_share) : recorded;
  return n * (1 - q) < kPacketsBeyondQuantile * (1 - kRounding) ? QuantileStatus::kTooFew
                                                                : QuantileStatus::kOk;
}

}  // namespace hopcost
