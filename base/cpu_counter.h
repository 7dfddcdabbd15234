// The CPU's cycle counter, and a hint for busy waits. Only this file depends on the architecture. Header
// only; includes nothing of ours. Safe from any thread.
#pragma once

#include <time.h>

#include <compare>
#include <cstdint>
#if defined(__x86_64__)
#include <x86intrin.h>
#endif

namespace hopcost {

/// A reading of the CPU counter, in ticks. They are not nanoseconds: TscClock converts them.
struct Tsc {
  std::uint64_t ticks = 0;

  /// Not serialising: the counter may be read a few instructions early or late.
  [[nodiscard]] static Tsc now() noexcept;
  friend auto operator<=>(Tsc, Tsc) = default;
};

/// TSC on x86, CNTVCT on 64-bit ARM, TIME on 64-bit RISC-V. Elsewhere user space may not read a counter, or
/// it wraps within minutes; there CLOCK_MONOTONIC_RAW is read.
inline Tsc Tsc::now() noexcept {
#if defined(__x86_64__)
  return {__rdtsc()};
#elif defined(__aarch64__)
  std::uint64_t ticks;
  asm volatile("mrs %0, cntvct_el0" : "=r"(ticks));
  return {ticks};
#elif defined(__riscv) && __riscv_xlen == 64
  std::uint64_t ticks;
  asm volatile("rdtime %0" : "=r"(ticks));
  return {ticks};
#else
  timespec ts;
  clock_gettime(CLOCK_MONOTONIC_RAW, &ts);
  return {static_cast<std::uint64_t>(ts.tv_sec) * 1'000'000'000u + static_cast<std::uint64_t>(ts.tv_nsec)};
#endif
}

/// Busy-wait hint to the CPU.
inline void cpu_relax() noexcept {
#if defined(__x86_64__)
  _mm_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

}  // namespace hopcost
