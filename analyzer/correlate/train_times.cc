#include "analyzer/correlate/train_times.h"

#include <algorithm>
#include <limits>
#include <new>

namespace hopcost::analyzer {

std::uint64_t TrainPlaces::enter_train(std::uint64_t sequence) noexcept {
  const std::uint64_t since_first = sequence - first_;
  if (sequence < first_) return kNoPlace;
  const std::uint64_t train = since_first / packets_;
  start_ = first_ + train * packets_;
  index_ = train * timed_;
  return sequence - start_;
}

TrainTimes::TrainTimes() : times_(static_cast<std::uint64_t*>(std::calloc(kMost, sizeof(std::uint64_t)))) {
  if (!times_) throw std::bad_alloc();
}

void TrainTimes::reset() noexcept {
  std::fill_n(times_.get(), used_, 0);
  used_ = 0;
}

namespace {

constexpr std::uint64_t kMissing = ~std::uint64_t{0};

/// `times` as TrainTimes keeps them (the sign bit flipped, so that they sort as unsigned), in any order.
/// kMissing sorts last.
double median_of(std::vector<std::uint64_t>& times, std::uint64_t sign) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  if (times.empty()) return kInfinity;
  std::ranges::sort(times);
  const std::uint64_t upper = times[times.size() / 2], lower = times[(times.size() - 1) / 2];
  if (upper == kMissing) return kInfinity;
  const auto value = [sign](std::uint64_t t) { return static_cast<std::int64_t>(t ^ sign); };
  // The difference is small even when the clocks are decades apart. A sum would lose digits.
  return static_cast<double>(value(lower)) + static_cast<double>(upper - lower) / 2;
}

}  // namespace

std::vector<double> TrainTimes::medians(std::uint64_t sent, TrainShape shape) const {
  std::vector<double> medians;
  std::vector<std::uint64_t> times;
  for (std::uint64_t first = 0, index = 0; first < sent; first += shape.packets, index += shape.timed()) {
    const std::uint64_t packets = std::min<std::uint64_t>(shape.packets, sent - first);
    times.clear();
    for (std::uint64_t i = 0; i + shape.untimed < packets; ++i) {
      const std::uint64_t kept = index + i < used_ ? times_[index + i] : 0;
      times.push_back(kept == 0 ? kMissing : kept);
    }
    medians.push_back(median_of(times, kSign));
  }
  return medians;
}

std::vector<std::optional<std::int64_t>> TrainTimes::times(std::uint64_t sent, TrainShape shape) const {
  const std::uint64_t rest = sent % shape.packets;
  const std::uint64_t timed =
      sent / shape.packets * shape.timed() + (rest > shape.untimed ? rest - shape.untimed : 0);
  std::vector<std::optional<std::int64_t>> all(timed);
  for (std::uint64_t i = 0; i < std::min<std::uint64_t>(timed, used_); ++i) {
    if (times_[i] != 0) all[i] = static_cast<std::int64_t>(times_[i] ^ kSign);
  }
  return all;
}

std::uint64_t most_packets(TrainShape shape) noexcept {
  return TrainTimes::kMost / shape.timed() * shape.packets;
}

}  // namespace hopcost::analyzer
