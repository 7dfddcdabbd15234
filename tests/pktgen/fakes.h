// A clock that moves only when it is read, and a port that keeps what it was sent.
#pragma once

#include <deque>
#include <vector>

#include "pktgen/io/port.h"
#include "pktgen/pace/run_clock.h"

namespace hopcost::pktgen {

/// Packets, or ticks, of a job without an end.
inline constexpr std::uint64_t kForever = ~std::uint64_t{0};

/// One tick is one ns. Each reading takes `step`; at a given reading it may jump.
struct FakeClock {
  std::uint64_t ticks = 1'000'000;
  std::uint64_t step = 1;
  std::uint64_t jump_at = ~std::uint64_t{0};  // ticks
  std::uint64_t jump = 0;
  int fits = 0;

  std::uint64_t now() noexcept {
    ticks += step;
    if (ticks >= jump_at) {
      ticks += jump;
      jump_at = ~std::uint64_t{0};
    }
    return ticks;
  }
  std::uint64_t to_ns(std::uint64_t t) const noexcept { return t; }
  void relax() noexcept {}
  void keep_fit(std::uint64_t, std::uint64_t) noexcept { ++fits; }
};
static_assert(RunClock<FakeClock>);

/// Lends at most `per_lend` frames at a time, none at each `starve`-th call, and fails after `fail_after`
/// frames.
struct FakePort {
  std::vector<std::vector<std::byte>> memory;
  std::vector<std::byte*> pointers;
  std::vector<std::vector<std::byte>> sent;
  std::vector<std::size_t> batches;
  std::uint32_t per_lend = kMaxBatch;
  int starve = 0;
  int lends = 0;
  std::uint64_t fail_after = ~std::uint64_t{0};

  Result<void> prepare(std::span<const std::byte> frame) {
    memory.assign(kMaxBatch, std::vector<std::byte>(frame.begin(), frame.end()));
    for (auto& m : memory) pointers.push_back(m.data());
    return {};
  }
  std::span<std::byte* const> lend(std::uint32_t n) noexcept {
    if (starve != 0 && ++lends % starve == 0) n = 0;
    return std::span(pointers).first(std::min(n, per_lend));
  }
  void send(std::uint32_t n) noexcept {
    for (std::uint32_t i = 0; i < n; ++i) sent.push_back(memory[i]);
    batches.push_back(n);
  }
  void send(std::span<const std::uint16_t> lengths) noexcept {
    for (std::size_t i = 0; i < lengths.size(); ++i)
      sent.emplace_back(memory[i].begin(), memory[i].begin() + lengths[i]);
    batches.push_back(lengths.size());
  }
  void flush() noexcept {}
  std::uint64_t owed() const noexcept { return 0; }
  std::uint64_t errors() const noexcept { return 0; }
  int failed() const noexcept { return sent.size() >= fail_after ? 19 : 0; }
};
static_assert(SizedTxPort<FakePort>);

}  // namespace hopcost::pktgen
