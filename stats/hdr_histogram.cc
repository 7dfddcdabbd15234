#include "stats/hdr_histogram.h"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <new>
#include <optional>

namespace hopcost {
namespace {

double middle(std::uint64_t lo, std::uint64_t hi) {
  return static_cast<double>(lo) + static_cast<double>(hi - lo) / 2.0;
}

}  // namespace

HdrHistogram::Counts HdrHistogram::allocate(const HdrLayout& layout) noexcept {
  return Counts(static_cast<std::uint64_t*>(std::malloc(layout.array_length * sizeof(std::uint64_t))));
}

HdrHistogram::HdrHistogram() : layout_(*HdrLayout::make(Config{}.lowest, Config{}.highest, Config{}.digits)) {
  counts_ = allocate(layout_);
  if (!counts_) throw std::bad_alloc();
}

Result<HdrHistogram> HdrHistogram::create(Config config) {
  auto layout = HdrLayout::make(config.lowest, config.highest, config.digits);
  if (!layout) return forward(layout);
  Counts counts = allocate(*layout);
  if (!counts)
    return errno_error(ENOMEM, "allocate a histogram", "ask for fewer digits or a lower highest value");
  return HdrHistogram(*layout, std::move(counts));
}

HdrHistogram::HdrHistogram(const HdrHistogram& other)
    : layout_(other.layout_), counts_(allocate(other.layout_)) {
  if (!counts_) throw std::bad_alloc();
  count_ = other.count_;
  overflow_ = other.overflow_;
  for (std::uint32_t chunk = 0; chunk < kChunks; ++chunk) {
    if (other.used_[chunk]) begin(chunk);
  }
  other.for_each_index([&](std::uint32_t i) { counts_[i] = other.counts_[i]; });
}

HdrHistogram& HdrHistogram::operator=(const HdrHistogram& other) {
  if (this != &other) *this = HdrHistogram(other);
  return *this;
}

void HdrHistogram::record_corrected(std::uint64_t value, std::uint64_t expected_interval) noexcept {
  record(value);
  if (expected_interval == 0 || value <= expected_interval) return;
  for (std::uint64_t missing = value - expected_interval; missing >= expected_interval;
       missing -= expected_interval)
    record(missing);
}

void HdrHistogram::zero(std::uint32_t chunk) noexcept {
  const std::size_t length = std::size_t{1} << layout_.half_magnitude;
  std::memset(&counts_[chunk * length], 0, length * sizeof(counts_[0]));
  zeroed_[chunk] = true;
}

void HdrHistogram::begin(std::uint32_t chunk) noexcept {
  if (!zeroed_[chunk]) zero(chunk);
  used_[chunk] = true;
}

void HdrHistogram::take_pages() noexcept {
  const std::uint32_t chunks = layout_.array_length >> layout_.half_magnitude;
  for (std::uint32_t chunk = 0; chunk < chunks; ++chunk) {
    if (!zeroed_[chunk]) zero(chunk);
  }
}

void HdrHistogram::add_at_index(std::uint32_t index, std::uint64_t n) noexcept {
  if (n == 0) return;
  use(index >> layout_.half_magnitude);
  counts_[index] += n;
  count_ += n;
}

Result<void> HdrHistogram::merge(const HdrHistogram& other) {
  const bool same = layout_ == other.layout_;
  if (!same && other.layout_.lowest_at(other.last_index()) > layout_.highest) {
    return error(Exit::kUsage, "merge histograms: the other holds values up to " +
                                   std::to_string(other.max()) + ", this one ends at " +
                                   std::to_string(layout_.highest));
  }
  overflow_ += other.overflow_;
  other.for_each_index([&](std::uint32_t i) {
    if (same) {
      add_at_index(i, other.counts_[i]);
    } else {
      record_n(other.layout_.lowest_at(i), other.counts_[i]);
    }
  });
  return {};
}

HdrHistogram HdrHistogram::less(const HdrHistogram& part) const {
  HdrHistogram rest(layout_, allocate(layout_));
  if (!rest.counts_) throw std::bad_alloc();
  for_each_index([&](std::uint32_t i) { rest.add_at_index(i, counts_[i] - part.count_at_index(i)); });
  return rest;
}

void HdrHistogram::reset() noexcept {
  for (std::uint32_t chunk = 0; chunk < kChunks; ++chunk) {
    if (used_[chunk]) zero(chunk);
  }
  used_.fill(false);
  count_ = 0;
  overflow_ = 0;
}

std::uint32_t HdrHistogram::last_index() const noexcept {
  for (std::uint32_t chunk = kChunks; chunk-- > 0;) {
    if (!used_[chunk]) continue;
    const std::uint32_t first = chunk << layout_.half_magnitude;
    for (std::uint32_t i = (chunk + 1) << layout_.half_magnitude; i-- > first;)
      if (counts_[i] != 0) return i;
  }
  return 0;
}

std::uint64_t HdrHistogram::min() const noexcept {
  if (count_ == 0) return 0;
  std::uint32_t first = last_index();
  for_each_index([&](std::uint32_t i) { first = std::min(first, i); });
  return layout_.lowest_at(first);
}

std::uint64_t HdrHistogram::max() const noexcept {
  return count_ == 0 ? 0 : layout_.highest_at(last_index());
}

double HdrHistogram::mean() const noexcept {
  if (count_ == 0) return 0.0;
  double sum = 0.0;
  for_each([&](std::uint64_t lo, std::uint64_t hi, std::uint64_t n) {
    sum += middle(lo, hi) * static_cast<double>(n);
  });
  return sum / static_cast<double>(count_);
}

double HdrHistogram::stddev() const noexcept {
  if (count_ == 0) return 0.0;
  const double centre = mean();
  double squares = 0.0;
  for_each([&](std::uint64_t lo, std::uint64_t hi, std::uint64_t n) {
    const double d = middle(lo, hi) - centre;
    squares += d * d * static_cast<double>(n);
  });
  return std::sqrt(squares / static_cast<double>(count_));
}

std::uint64_t HdrHistogram::value_at_quantile(double q) const noexcept {
  if (count_ == 0) return 0;
  if (!(q > 0.0)) return min();
  // As the reference does: in percent, less one ulp, so that rounding never reaches into the next step.
  const double percent = std::clamp(std::nextafter(q * 100.0, 0.0), 0.0, 100.0);
  const auto rank = static_cast<std::uint64_t>(std::ceil(percent * static_cast<double>(count_) / 100.0));
  const std::uint64_t wanted = std::clamp<std::uint64_t>(rank, 1, count_);
  std::uint64_t seen = 0;
  std::uint32_t found = 0;
  for_each_index([&](std::uint32_t i) {
    if (seen < wanted) found = i;
    seen += counts_[i];
  });
  return layout_.highest_at(found);
}

double HdrHistogram::interpolated_quantile(double q) const noexcept {
  if (count_ == 0) return 0.0;
  const double wanted = std::clamp(q, 0.0, 1.0) * static_cast<double>(count_);
  double below = 0.0;        // values in earlier steps
  double at = 0.0, x = 0.0;  // the previous point
  std::optional<double> found;
  bool first = true;
  for_each([&](std::uint64_t lo, std::uint64_t hi, std::uint64_t n) {
    const double next_at = below + static_cast<double>(n) / 2.0;
    const double next_x = middle(lo, hi);
    if (!found && wanted <= next_at)
      found = first ? next_x : x + (next_x - x) * (wanted - at) / (next_at - at);
    below += static_cast<double>(n);
    at = next_at;
    x = next_x;
    first = false;
  });
  return found.value_or(x);
}

double HdrHistogram::trimmed_mean(double each_side) const noexcept {
  if (count_ == 0) return 0.0;
  const double n_all = static_cast<double>(count_);
  const double from = std::clamp(each_side, 0.0, 0.499999) * n_all;
  const double to = n_all - from;
  double below = 0.0, sum = 0.0;
  for_each([&](std::uint64_t lo, std::uint64_t hi, std::uint64_t n) {
    const double above = below + static_cast<double>(n);
    const double kept = std::min(above, to) - std::max(below, from);
    if (kept > 0.0) sum += kept * middle(lo, hi);
    below = above;
  });
  return sum / (to - from);
}

std::uint64_t HdrHistogram::count_between(std::uint64_t lo, std::uint64_t hi) const noexcept {
  std::uint64_t total = 0;
  for_each([&](std::uint64_t low, std::uint64_t high, std::uint64_t n) {
    if (high >= lo && low <= hi) total += n;
  });
  return total;
}

bool operator==(const HdrHistogram& a, const HdrHistogram& b) noexcept {
  if (!(a.layout_ == b.layout_) || a.count_ != b.count_ || a.overflow_ != b.overflow_) return false;
  bool same = true;  // the totals are equal, so comparing a's steps is enough
  a.for_each_index([&](std::uint32_t i) { same = same && a.counts_[i] == b.count_at_index(i); });
  return same;
}

}  // namespace hopcost
