// The loops for ports that make frames themselves (pktgen/io/job_port.h). One thread; no allocation, lock or
// log.
#pragma once

#include <algorithm>
#include <cstdint>

#include "pktgen/io/job_port.h"
#include "pktgen/pace/departure_plan.h"
#include "pktgen/pace/pace.h"

namespace hopcost::pktgen {

/// Frames a call, flat out: a few thousand at first, then what takes this share of SendJob::stall (100 ms of
/// a second). Stops are looked for in between.
inline constexpr double kChunkOfStall = 0.1;
inline constexpr std::uint32_t kFirstChunk = 4096, kMostInChunk = 1 << 22;

/// Frames of one size made by the port (pace()'s Hand). The times in them are the port's own.
template <JobPort P, RunClock C>
class MadeFrames {
 public:
  /// `bytes` of each frame, without FCS.
  MadeFrames(P& port, std::uint32_t bytes, const SendJob& job, C& clock, SendCount& c) noexcept
      : port_(port), bytes_(bytes), job_(job), clock_(clock), c_(c) {}

  [[nodiscard]] std::uint64_t available(std::uint64_t n) const noexcept { return n; }
  void get_ready(std::uint64_t) const noexcept {}
  /// In as many calls as it takes.
  [[nodiscard]] SendEnd give(std::uint64_t n, std::uint64_t) noexcept {
    for (std::uint64_t last = clock_.now();;) {
      const std::uint64_t made =
          port_.make(static_cast<std::uint32_t>(std::min<std::uint64_t>(n, kMostInChunk)));
      c_.given += made;
      c_.bytes += made * bytes_;
      n -= std::min(n, made);
      job_.progress.sent.store(c_.given, std::memory_order_relaxed);
      job_.progress.bytes.store(c_.bytes, std::memory_order_relaxed);
      if (port_.failed() != 0) return SendEnd::kPortFailed;
      if (n == 0) return SendEnd::kDone;
      if (job_.progress.stopping()) return SendEnd::kStopped;
      const std::uint64_t now = clock_.now();
      if (made > 0) last = now;
      if (now - last > job_.stall) return SendEnd::kStalled;
    }
  }

 private:
  P& port_;
  std::uint32_t bytes_;
  const SendJob& job_;
  C& clock_;
  SendCount& c_;
};

/// As the plan says, a call each departure.
template <JobPort P, RunClock C>
SendEnd make_paced(P& port, std::uint32_t bytes, const SendJob& job, C& clock, const DeparturePlan& plan,
                   Audit& audit, SendCount& c) noexcept {
  MadeFrames hand(port, bytes, job, clock, c);
  return pace(hand, job, clock, plan, audit, c);
}

/// As fast as the port makes them.
template <JobPort P, RunClock C>
SendEnd make_flat_out(P& port, std::uint32_t bytes, const SendJob& job, C& clock, SendCount& c) noexcept {
  const double chunk_ticks = static_cast<double>(job.stall) * kChunkOfStall;
  double per_tick = 0;  // frames, of the last call
  MadeFrames hand(port, bytes, job, clock, c);
  c.start = c.first = c.last = wait_until(clock, job.begin, job.near, job.progress).until;
  for (std::uint64_t now = c.start; c.given < job.count; now = clock.now()) {
    if (now - c.start >= job.ticks) return SendEnd::kDone;
    if (job.progress.stopping()) return SendEnd::kStopped;
    const double left = std::min(chunk_ticks, static_cast<double>(job.ticks - (now - c.start)));
    const auto chunk = static_cast<std::uint64_t>(std::max<double>(kFirstChunk, per_tick * left));
    c.last = now;
    const std::uint64_t before = c.given;
    const SendEnd end = hand.give(std::min({chunk, job.count - c.given, std::uint64_t{kMostInChunk}}), now);
    if (end != SendEnd::kDone) return end;
    per_tick = static_cast<double>(c.given - before) / static_cast<double>(clock.now() - now);
    clock.keep_fit(now, 0);
  }
  return SendEnd::kDone;
}

}  // namespace hopcost::pktgen
