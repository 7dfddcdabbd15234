// How one clock runs against another, from one-way times between them (ClockFit) or from exchanges of
// messages (ClockBand). The packets that waited least show the clocks' difference: the fit is the highest
// line that is below all times, and a packet's height above that line is the time it waited (Moon, Skelly,
// Towsley: Estimation and removal of clock skew from network delay measurements, INFOCOM 1999). Includes
// nothing but base.
#pragma once

#include <cmath>
#include <cstdint>
#include <optional>
#include <vector>

namespace hopcost {

/// How far the second clock is ahead at time t of the first: base_ns + offset_ns + drift * (t - origin_ns).
/// This includes the least one-way time, which no one-way measurement can tell from an offset. The constant
/// has two parts because clocks may be years apart, and a double holds whole nanoseconds only up to 104 days.
struct ClockLine {
  std::uint64_t origin_ns = 0;
  std::int64_t base_ns = 0;
  double offset_ns = 0;
  double drift = 0;           ///< ns a ns; times 1e9 are ppb.
  double uncertainty_ns = 0;  ///< Median height of the stretches' least times above the line.

  [[nodiscard]] double ahead_ns() const noexcept { return static_cast<double>(base_ns) + offset_ns; }
  /// The first clock's time when the second's is `ns`.
  [[nodiscard]] std::uint64_t first_clock(std::uint64_t ns) const noexcept {
    const std::uint64_t shifted = ns - static_cast<std::uint64_t>(base_ns);
    if (drift == 0 && offset_ns == 0) return shifted;
    const auto since = static_cast<double>(static_cast<std::int64_t>(shifted - origin_ns));
    return origin_ns + static_cast<std::uint64_t>(std::llround((since - offset_ns) / (1 + drift)));
  }
};

/// Takes any number of points in constant memory: it keeps the least difference of each stretch of time.
class ClockFit {
 public:
  /// A packet stamped `sent_ns` by the first clock and `seen_ns` by the second. Packets may come in any
  /// order, and the two clocks may be far apart.
  void add(std::uint64_t sent_ns, std::uint64_t seen_ns);
  [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
  /// Without points all members are 0. With points in one stretch alone, drift is 0.
  [[nodiscard]] ClockLine line() const;

 private:
  /// The least difference in a stretch of time.
  struct Stretch {
    double x = 0, y = 0;  // ns since origin_; difference less base_
    bool used = false;
  };
  void widen();

  std::uint64_t origin_ = 0;
  std::int64_t base_ = 0;
  std::uint64_t count_ = 0;
  double width_ns_ = 1e6;
  std::vector<Stretch> stretches_;
};

/// Bounds of how far the second clock is ahead of the first, ns.
struct Ahead {
  std::int64_t lo_ns = 0, hi_ns = 0;  ///< lo_ns is at most hi_ns.
};

/// Bounds of two clocks' difference at any moment between readings, for clocks whose rates differ by a
/// constant. No line below all upper bounds can be above their lower convex hull, and no line above all lower
/// bounds can be below their upper hull. So the readings that waited least narrow the bounds of the others.
class ClockBand {
 public:
  /// At `at_ns`, of any clock that is the same for all readings, the clocks were this far apart. Readings
  /// come in order.
  void add(std::uint64_t at_ns, Ahead ahead);
  /// Nothing before the first and after the last reading. Nothing either where the bounds contradict each
  /// other: the clocks' rates changed.
  [[nodiscard]] std::optional<Ahead> at(std::uint64_t at_ns) const;

 private:
  struct Reading {
    std::uint64_t at_ns;
    Ahead ahead;
  };
  std::vector<Reading> readings_;
};

}  // namespace hopcost
