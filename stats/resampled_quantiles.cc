#include "stats/resampled_quantiles.h"

#include <algorithm>
#include <cmath>

#include "base/random.h"

namespace hopcost {
namespace {

constexpr int kResamples = 1000;
constexpr double kDefinedShare = 0.975;  // of the resamples, for an interval

/// The steps that any of a mode's builds has a count in, and each build's counts on them: a resample is a sum
/// of columns.
class Pool {
 public:
  explicit Pool(std::span<const BuildTimes* const> builds) {
    HdrHistogram all;
    for (const BuildTimes* b : builds) (void)all.merge(b->times);
    all.for_each([&](std::uint64_t lo, std::uint64_t hi, std::uint64_t) {
      lowest_.push_back(lo);
      middle_.push_back((static_cast<double>(lo) + static_cast<double>(hi)) / 2);
    });
    for (const BuildTimes* b : builds) add_column(*b);
    sum_.resize(middle_.size());
  }

  /// Sums these builds; a build counts as often as its index occurs.
  void choose(std::span<const std::size_t> builds) {
    std::ranges::fill(sum_, 0.0);
    timed_ = lost_ = 0;
    for (const std::size_t b : builds) {
      for (std::size_t i = 0; i < sum_.size(); ++i) sum_[i] += columns_[b][i];
      timed_ += timed_of_[b];
      lost_ += lost_of_[b];
    }
  }

  /// Infinite where losses make it so; NaN without a packet. As HdrHistogram::interpolated_quantile.
  [[nodiscard]] double quantile(double q) const {
    const double n = timed_ + lost_;
    if (n == 0) return std::nan("");
    if (lost_ > (1 - q) * n) return std::numeric_limits<double>::infinity();
    const double target = q * n;
    double below = 0, last_at = 0, last_value = 0;
    bool first = true;
    for (std::size_t i = 0; i < sum_.size(); ++i) {
      if (sum_[i] == 0) continue;
      const double at = below + sum_[i] / 2;
      if (at >= target) {
        if (first) return middle_[i];
        return last_value + (middle_[i] - last_value) * (target - last_at) / (at - last_at);
      }
      below += sum_[i];
      last_at = at;
      last_value = middle_[i];
      first = false;
    }
    return last_value;
  }

 private:
  void add_column(const BuildTimes& b) {
    std::vector<float> column(middle_.size());
    b.times.for_each([&](std::uint64_t lo, std::uint64_t, std::uint64_t n) {
      const auto at = std::ranges::lower_bound(lowest_, lo) - lowest_.begin();
      column[static_cast<std::size_t>(at)] = static_cast<float>(n);
    });
    columns_.push_back(std::move(column));
    timed_of_.push_back(static_cast<double>(b.times.count()));
    lost_of_.push_back(b.lost);
  }

  std::vector<std::uint64_t> lowest_;  // by step
  std::vector<double> middle_, sum_;
  std::vector<std::vector<float>> columns_;  // by build
  std::vector<double> timed_of_, lost_of_;
  double timed_ = 0, lost_ = 0;
};

/// One quantile's interval from its values in all resamples; `value` is the quantile over all builds.
Quantile summarise(double value, std::vector<double> resampled, std::size_t builds) {
  Quantile quantile;
  if (std::isfinite(value)) quantile.value = value;
  std::erase_if(resampled, [](double x) { return !std::isfinite(x); });
  const bool defined = static_cast<double>(resampled.size()) >= kDefinedShare * kResamples;
  quantile.known = quantile.value && builds >= kBuildsToResample && defined;
  if (!quantile.known) return quantile;
  std::ranges::sort(resampled);
  const auto at = [&](double p) {
    return resampled[static_cast<std::size_t>(p * static_cast<double>(resampled.size() - 1))];
  };
  quantile.ci95 = {at(0.025), at(0.975)};
  return quantile;
}

/// `figure(q)` reads one quantile off what `choose(builds)` chose last.
template <class Choose, class Figure>
std::vector<Quantile> resample(std::size_t builds, std::span<const double> qs, std::uint64_t seed,
                               Choose&& choose, Figure&& figure) {
  std::vector<std::size_t> chosen(builds);
  for (std::size_t i = 0; i < builds; ++i) chosen[i] = i;
  choose(chosen);
  std::vector<double> whole;
  for (const double q : qs) whole.push_back(figure(q));
  std::vector<std::vector<double>> resampled(qs.size());
  Random random(seed);
  for (int r = 0; builds >= kBuildsToResample && r < kResamples; ++r) {
    for (auto& c : chosen) c = random.below(builds);
    choose(chosen);
    for (std::size_t i = 0; i < qs.size(); ++i) resampled[i].push_back(figure(qs[i]));
  }
  std::vector<Quantile> quantiles;
  for (std::size_t i = 0; i < qs.size(); ++i)
    quantiles.push_back(summarise(whole[i], std::move(resampled[i]), builds));
  return quantiles;
}

}  // namespace

std::vector<Quantile> resampled_quantiles(std::span<const BuildTimes* const> builds,
                                          std::span<const double> qs, std::uint64_t seed) {
  Pool pool(builds);
  return resample(
      builds.size(), qs, seed, [&](std::span<const std::size_t> c) { pool.choose(c); },
      [&](double q) { return pool.quantile(q); });
}

std::vector<Quantile> resampled_shifts(std::span<const BuildTimes* const> a,
                                       std::span<const BuildTimes* const> b, std::span<const double> qs,
                                       std::uint64_t seed) {
  Pool left(a), right(b);
  return resample(
      std::min(a.size(), b.size()), qs, seed,
      [&](std::span<const std::size_t> c) {
        left.choose(c);
        right.choose(c);
      },
      [&](double q) { return left.quantile(q) - right.quantile(q); });
}

}  // namespace hopcost
