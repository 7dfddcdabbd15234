#include "stats/hgrm.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "stats/fixed_point.h"

namespace hopcost {
namespace {

// The percentile of the line that follows one at `level`; infinite when a double can't come closer to 100
// (where the reference would loop forever).
double next_level(double level, int ticks) {
  const double halvings = std::trunc(std::log(100.0 / (100.0 - level)) / std::log(2.0)) + 1.0;
  const double next = level + 100.0 / (static_cast<double>(ticks) * std::pow(2.0, halvings));
  return next > level && next < 100.0 ? next : std::numeric_limits<double>::infinity();
}

class PercentileLines {
 public:
  PercentileLines(const HdrHistogram& h, int ticks, double ratio, std::string& out)
      : total_(h.count()), digits_(h.config().digits), ticks_(std::max(ticks, 1)), ratio_(ratio), out_(out) {}

  // One step of the histogram: a line for each level it reaches. Only the level that first uses up the last
  // count is printed; the line for 100 % follows it.
  void step(std::uint64_t value, std::uint64_t count) {
    seen_ += count;
    const double reached = 100.0 * static_cast<double>(seen_) / static_cast<double>(total_);
    while (reached >= level_) {
      line(value);
      level_ = next_level(level_, ticks_);
      if (seen_ == total_) break;
    }
    if (seen_ == total_) {
      out_ += fmt::format("{:>12} {} {:>10}\n", fixed_half_up(static_cast<double>(value) / ratio_, digits_),
                          fixed_half_up(1.0, 12), seen_);
    }
  }

 private:
  void line(std::uint64_t value) {
    const double share = level_ / 100.0;
    out_ +=
        fmt::format("{:>12} {} {:>10} {:>14}\n", fixed_half_up(static_cast<double>(value) / ratio_, digits_),
                    fixed_half_up(share, 12), seen_, fixed_half_up(1.0 / (1.0 - share), 2));
  }

  std::uint64_t total_;
  std::uint64_t seen_ = 0;
  double level_ = 0.0;
  int digits_;
  int ticks_;
  double ratio_;
  std::string& out_;
};

struct Moments {
  double mean = 0.0;
  double deviation = 0.0;
};

Moments reference_moments(const HdrHistogram& h) {
  if (h.count() == 0) return {};
  const double n = static_cast<double>(h.count());
  const auto middle = [](std::uint64_t lo, std::uint64_t hi) {
    return static_cast<double>(lo + ((hi - lo + 1) >> 1));
  };
  Moments m;
  double sum = 0.0, squares = 0.0;
  h.for_each([&](auto lo, auto hi, auto count) {
    sum += hi == lo ? static_cast<double>(lo) * static_cast<double>(count)
                    : middle(lo, hi) * static_cast<double>(count);
  });
  m.mean = sum / n;
  h.for_each([&](auto lo, auto hi, auto count) {
    const double d = (hi == lo ? static_cast<double>(lo) : middle(lo, hi)) - m.mean;
    squares += d * d * static_cast<double>(count);
  });
  m.deviation = std::sqrt(squares / n);
  return m;
}

}  // namespace

std::string percentile_text(const HdrHistogram& histogram, int ticks, double unit_ratio) {
  std::string out =
      fmt::format("{:>12} {:>14} {:>10} {:>14}\n\n", "Value", "Percentile", "TotalCount", "1/(1-Percentile)");
  PercentileLines lines(histogram, ticks, unit_ratio, out);
  histogram.for_each([&](auto, auto hi, auto count) { lines.step(hi, count); });
  const int digits = histogram.config().digits;
  const Moments m = reference_moments(histogram);
  const auto scaled = [&](double v) { return fixed_half_up(v / unit_ratio, digits); };
  out += fmt::format("#[Mean    = {:>12}, StdDeviation   = {:>12}]\n", scaled(m.mean), scaled(m.deviation));
  out += fmt::format("#[Max     = {:>12}, Total count    = {:>12}]\n",
                     scaled(static_cast<double>(histogram.max())), histogram.count());
  out += fmt::format("#[Buckets = {:>12}, SubBuckets     = {:>12}]\n", histogram.layout().bucket_count,
                     histogram.layout().sub_bucket_count);
  return out;
}

}  // namespace hopcost
