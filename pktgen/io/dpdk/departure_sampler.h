// Departure stamps of a NIC that keeps only one at a time (rte_eth_timesync_read_tx_timestamp): now and then
// a frame is marked, and its stamp is fetched when it is there. Hot path; one owner thread. Includes nothing
// of DPDK.
#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <utility>

#include "pktgen/io/clock/departure_stamps.h"
#include "pktgen/io/clock/followed_clock.h"

namespace hopcost::pktgen {

/// Access to a NIC's stamps and clock; tests use a fake.
template <class N>
concept StampingNic = std::movable<N> && requires(N nic, std::uint64_t& ns) {
  // Fetches the stamp of the marked frame, in ns of the NIC's clock; each only once. False when there is none
  // (yet).
  { nic.read_departure(ns) }
  noexcept->std::same_as<bool>;
  // Reads that clock.
  { nic.read_clock(ns) }
  noexcept->std::same_as<bool>;
};

/// Both calls of StampingNic read over the NIC's bus, which takes some microseconds. So at most one frame per
/// millisecond is marked. After kMostUnanswered frames in a row without a stamp no more are marked, because a
/// driver may have the calls but no stamps.
template <StampingNic N>
class DepartureSampler {
 public:
  static constexpr std::uint64_t kEveryNs = 1'000'000, kPatienceNs = 10'000'000;
  static constexpr int kMostUnanswered = 8;

  /// Takes a tenth of a second to learn the clock's rate.
  explicit DepartureSampler(N nic) : nic_(std::move(nic)) { (void)clock_.learn(reader()); }

  /// Forgets all stamps; call before a run.
  void begin() {
    stamps_ = {};
    unanswered_ = 0;
    waiting_ = false;
    std::uint64_t left_over = 0;
    (void)nic_.read_departure(left_over);
  }
  /// Call before frames are sent that carry the time `given`. True: mark the first of them.
  [[nodiscard]] bool pick(std::uint64_t given) noexcept {
    now_ = given;
    if (waiting_ || unanswered_ >= kMostUnanswered || given < picked_ + kEveryNs) return false;
    picked_ = given;
    return waiting_ = true;
  }
  /// Fetches a stamp if there is one, and follows the clock. Call before a wait, or between batches.
  void turn() noexcept {
    clock_.follow_when_due(now_, reader());
    if (waiting_) fetch(now_ > picked_ + kPatienceNs);
  }
  /// Waits until the last marked frame has its stamp, kPatienceNs at most.
  void finish() noexcept {
    const auto end = std::chrono::steady_clock::now() + std::chrono::nanoseconds(kPatienceNs);
    while (waiting_) fetch(std::chrono::steady_clock::now() > end);
  }
  [[nodiscard]] const DepartureStamps& stamps() const noexcept { return stamps_; }

 private:
  void fetch(bool late) noexcept {
    std::uint64_t left = 0;
    if (nic_.read_departure(left)) {
      stamps_.record(picked_, clock_.to_ns(left));
      unanswered_ = 0;
      waiting_ = false;
    } else if (late) {
      stamps_.record(picked_, 0);
      ++unanswered_;
      waiting_ = false;
    }
  }
  [[nodiscard]] auto reader() const noexcept {
    return [this](std::uint64_t& ns) noexcept { return nic_.read_clock(ns); };
  }

  N nic_;
  FollowedClock clock_;
  DepartureStamps stamps_;
  bool waiting_ = false;
  int unanswered_ = 0;
  std::uint64_t now_ = 0, picked_ = 0;
};

}  // namespace hopcost::pktgen
