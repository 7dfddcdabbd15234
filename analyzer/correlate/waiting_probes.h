// Probes that may be chance: the magic of 16 bits also comes up in other programs' traffic. A probe waits
// here until another one of its flow agrees with it (doc/probe-format.md, "What is no probe"). Constant
// memory; noexcept; off the usual packet's path.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "analyzer/tap/tap.h"

namespace hopcost::analyzer {

/// What a tap saw.
struct ProbeEvent {
  unsigned tap = 0;
  Probe probe;
  std::uint64_t stamp_ns = 0;
  StampKind kind = StampKind::kTap;
  unsigned cpu = kUnknownCpu;
};

class WaitingProbes {
 public:
  /// Transmit times of one flow, one after the other, are nearer than this: 73 minutes.
  static constexpr std::uint64_t kNearNs = std::uint64_t{1} << 42;

  /// By the sender's own clock, so that no other clock matters.
  [[nodiscard]] static constexpr bool near(std::uint64_t tx_a, std::uint64_t tx_b) noexcept {
    return tx_a - tx_b + kNearNs <= 2 * kNearNs;
  }

  /// Sequences of one flow, one after the other, are less than 2^32 apart.
  [[nodiscard]] static constexpr bool few_apart(std::uint64_t a, std::uint64_t b) noexcept {
    const auto distance = static_cast<std::int64_t>((a - b) << kUnusedBits) >> kUnusedBits;
    return distance < kFewNumbers && distance > -kFewNumbers;
  }

  /// Whether one that waits is of the same flow and near, and has another sequence not far away. The same
  /// sequence proves nothing: a packet that is chance at one tap is so at the next.
  [[nodiscard]] bool agrees(const Probe& p) const noexcept {
    for (std::size_t i = 0; i < kRoom; ++i) {
      const Probe& w = events_[i].probe;
      if (used_[i] && same_flow(w, p) && w.sequence != p.sequence && few_apart(w.sequence, p.sequence))
        return true;
    }
    return false;
  }

  /// Keeps it; the oldest makes room.
  void put(const ProbeEvent& e) noexcept {
    events_[next_] = e;
    used_[next_] = true;
    next_ = (next_ + 1) % kRoom;
  }

  /// Hands over those of the flow that are near, in the order they came, and forgets them.
  template <class F>
  void take(const Probe& p, F&& f) noexcept {
    for (std::size_t n = 0; n < kRoom; ++n) {
      const std::size_t i = (next_ + n) % kRoom;
      if (!used_[i] || !same_flow(events_[i].probe, p)) continue;
      used_[i] = false;
      f(events_[i]);
    }
  }

  /// Forgets all of them.
  void clear() noexcept { used_.fill(false); }

 private:
  static constexpr std::size_t kRoom = 64;
  static constexpr int kUnusedBits = 64 - 48;
  static constexpr std::int64_t kFewNumbers = std::int64_t{1} << 32;

  [[nodiscard]] static bool same_flow(const Probe& a, const Probe& b) noexcept {
    return a.flow == b.flow && near(a.tx_ns, b.tx_ns);
  }

  std::array<ProbeEvent, kRoom> events_{};
  std::array<bool, kRoom> used_{};
  std::size_t next_ = 0;
};

}  // namespace hopcost::analyzer
