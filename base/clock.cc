#include "base/clock.h"

#include <fmt/format.h>
#include <sys/timex.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <thread>

namespace hopcost {
namespace {

constexpr int kTriesPerReading = 5;

}  // namespace

std::uint64_t kernel_clock_ns(clockid_t clock) noexcept {
  timespec ts{};
  clock_gettime(clock, &ts);
  return static_cast<std::uint64_t>(ts.tv_sec) * 1'000'000'000u + static_cast<std::uint64_t>(ts.tv_nsec);
}

std::optional<std::uint64_t> max_clock_error_ns() noexcept {
  timex state{};
  if (adjtimex(&state) < 0 || (state.status & STA_UNSYNC) != 0 || state.maxerror < 0) return {};
  if (state.esterror == 0) return {};  // systemd-timesyncd says 0 for both, whatever it knows
  const auto offset = static_cast<std::uint64_t>(std::abs(state.offset));  // still to be slewed
  return static_cast<std::uint64_t>(state.maxerror) * 1000 +
         offset * ((state.status & STA_NANO) != 0 ? 1 : 1000);
}

TscClock::Reading TscClock::read() const noexcept {
  Reading best{0, 0, UINT64_MAX};
  for (int i = 0; i < kTriesPerReading; ++i) {
    const Tsc before = Tsc::now();
    const std::uint64_t ns = kernel_clock_ns(clock_);
    const Tsc after = Tsc::now();
    const std::uint64_t bracket = after.ticks - before.ticks;
    if (bracket < best.bracket) best = {before.ticks + bracket / 2, ns, bracket};
  }
  return best;
}

void TscClock::anchor() noexcept {
  readings_[count_ % kAnchors] = read();
  ++count_;
  fit();
}

// Least squares of ns over ticks, relative to the newest reading so that the doubles stay exact.
void TscClock::fit() noexcept {
  const std::size_t n = std::min(count_, kAnchors);
  const Reading& ref = readings_[(count_ - 1) % kAnchors];
  if (n < 2) {
    origin_tsc_ = ref.tsc;
    origin_ns_ = ref.ns;
    return;
  }
  double mean_x = 0, mean_y = 0;
  for (std::size_t i = 0; i < n; ++i) {
    mean_x += static_cast<double>(static_cast<std::int64_t>(readings_[i].tsc - ref.tsc));
    mean_y += static_cast<double>(static_cast<std::int64_t>(readings_[i].ns - ref.ns));
  }
  mean_x /= static_cast<double>(n);
  mean_y /= static_cast<double>(n);
  double sxx = 0, sxy = 0, syy = 0;
  std::uint64_t bracket = UINT64_MAX;
  for (std::size_t i = 0; i < n; ++i) {
    const double x = static_cast<double>(static_cast<std::int64_t>(readings_[i].tsc - ref.tsc)) - mean_x;
    const double y = static_cast<double>(static_cast<std::int64_t>(readings_[i].ns - ref.ns)) - mean_y;
    sxx += x * x;
    sxy += x * y;
    syy += y * y;
    bracket = std::min(bracket, readings_[i].bracket);
  }
  if (sxx <= 0 || sxy <= 0) return;
  const double ns_per_tick = sxy / sxx;
  const double offset = mean_y - ns_per_tick * mean_x;  // ns at ref.tsc, relative to ref.ns
  origin_tsc_ = ref.tsc;
  origin_ns_ = ref.ns + static_cast<std::uint64_t>(static_cast<std::int64_t>(std::llround(offset)));
  mult_ = std::llround(ns_per_tick * static_cast<double>(std::int64_t{1} << kFractionBits));
  ticks_per_ns_ = 1.0 / ns_per_tick;
  const double residual = std::sqrt(std::max(0.0, syy - ns_per_tick * sxy) / static_cast<double>(n));
  const double fit_se = residual / std::sqrt(static_cast<double>(n));
  // The kernel read its clock somewhere inside the bracket; this is taken as uniformly distributed.
  const double bracket_ns = static_cast<double>(bracket) * ns_per_tick;
  uncertainty_ns_ = std::hypot(fit_se, bracket_ns / std::sqrt(12.0));
}

Result<TscClock> TscClock::calibrate(clockid_t clock, std::chrono::milliseconds duration) {
  TscClock result(clock);
  const auto pause = std::max(duration, std::chrono::milliseconds(5)) / 20;
  for (int i = 0; i < 20; ++i) {
    result.anchor();
    std::this_thread::sleep_for(pause);
  }
  result.anchor();
  if (!(result.uncertainty_ns_ < 10'000.0) || result.ticks_per_ns_ < 1e-3) {
    return error(Exit::kMissing,
                 fmt::format("the CPU counter does not follow the kernel clock (residual {:.0f} ns)",
                             result.uncertainty_ns_),
                 "check that the clocksource is tsc: cat "
                 "/sys/devices/system/clocksource/clocksource0/current_clocksource");
  }
  return result;
}

}  // namespace hopcost
