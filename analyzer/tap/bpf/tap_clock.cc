#include "analyzer/tap/bpf/tap_clock.h"

#include <bpf/libbpf.h>
#include <linux/bpf.h>

#include <cstdlib>
#include <ctime>
#include <limits>

namespace hopcost::analyzer {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
/// The mapping of CLOCK_MONOTONIC is renewed only when a new reading is farther off than this. That is a step
/// of the clock; readings jitter less.
constexpr std::int64_t kStepNs = 10'000;
constexpr int kReadings = 32;
/// BPF_FUNC_ktime_get_tai_ns of enum bpf_func_id; headers before Linux 6.1 do not name it.
constexpr auto kKtimeGetTaiNs = static_cast<bpf_func_id>(208);

std::int64_t read(clockid_t clock) noexcept {
  timespec t{};
  clock_gettime(clock, &t);
  return std::int64_t{t.tv_sec} * kSecond + t.tv_nsec;
}

bool has_tai_helper() {
  static const bool has = libbpf_probe_bpf_helper(BPF_PROG_TYPE_SOCKET_FILTER, kKtimeGetTaiNs, nullptr) == 1;
  return has;
}

std::int64_t realtime_less_tai() noexcept {
  const std::int64_t difference = read(CLOCK_REALTIME) - read(CLOCK_TAI);
  const std::int64_t half = difference < 0 ? -kSecond / 2 : kSecond / 2;
  return (difference + half) / kSecond * kSecond;
}

/// Uses the reading that took the least time.
std::int64_t realtime_less_monotonic() noexcept {
  std::int64_t best = 0, shortest = std::numeric_limits<std::int64_t>::max();
  for (int i = 0; i < kReadings; ++i) {
    const std::int64_t before = read(CLOCK_MONOTONIC), real = read(CLOCK_REALTIME),
                       after = read(CLOCK_MONOTONIC);
    if (after - before >= shortest) continue;
    shortest = after - before;
    best = real - (before + after) / 2;
  }
  return best;
}

}  // namespace

TapClock::TapClock() : tai_(has_tai_helper()) {
  refresh();
}

std::uint64_t TapClock::now() const noexcept {
  return static_cast<std::uint64_t>(read(tai_ ? CLOCK_TAI : CLOCK_MONOTONIC));
}

void TapClock::refresh() noexcept {
  static std::int64_t shared = realtime_less_monotonic();  // all taps share one
  if (tai_) {
    offset_ = realtime_less_tai();
    return;
  }
  if (std::abs(read(CLOCK_REALTIME) - read(CLOCK_MONOTONIC) - shared) > kStepNs)
    shared = realtime_less_monotonic();
  offset_ = shared;
}

}  // namespace hopcost::analyzer
