// The loops for ports that make frames themselves (pktgen/io/job_port.h). One thread; no allocation, lock or
// log.
#pragma once

#include <algorithm>
#include <cstdint>

#include "pktgen/io/job_port.h"
#include "pktgen/send_loop.h"

namespace hopcost::pktgen {

/// Frames a call, flat out: a few thousand at first, then what takes this share of SendJob::stall (100 ms of
/// a second). Stops are looked for in between.
inline constexpr double kChunkOfStall = 0.1;
inline constexpr std::uint32_t kFirstChunk = 4096, kMostInChunk = 1 << 22;

/// Makes `n` frames in as many calls as it takes. kDone when all were made.
template <JobPort P, RunClock C>
SendEnd make_all(P& port, const SendJob& job, C& clock, SendCount& c, std::uint64_t n) noexcept {
  for (std::uint64_t last = clock.now();;) {
    const std::uint64_t made =
        port.make(static_cast<std::uint32_t>(std::min<std::uint64_t>(n, kMostInChunk)));
    c.given += made;
    n -= std::min(n, made);
    job.progress.sent.store(c.given, std::memory_order_relaxed);
    if (port.failed() != 0) return SendEnd::kPortFailed;
    if (n == 0) return SendEnd::kDone;
    if (job.progress.stopping()) return SendEnd::kStopped;
    const std::uint64_t now = clock.now();
    if (made > 0) last = now;
    if (now - last > job.stall) return SendEnd::kStalled;
  }
}

/// As the plan says, a call each departure. The times in the frames are the port's own.
template <JobPort P, RunClock C>
SendEnd make_paced(P& port, const SendJob& job, C& clock, DeparturePlan plan, Audit& audit,
                   SendCount& c) noexcept {
  c.start = clock.now() + job.near;
  for (; c.given < job.count && plan.offset() < job.ticks; plan.advance()) {
    const std::uint64_t planned = c.start + plan.offset();
    const std::uint64_t burst = std::min<std::uint64_t>(job.burst, job.count - c.given);
    const std::uint64_t at = wait_until(clock, planned, job.near, job.progress);
    if (job.progress.stopping()) return SendEnd::kStopped;
    if (at - c.start >= job.ticks) {
      audit.never_departed(
          1 + static_cast<std::uint64_t>(static_cast<double>(job.ticks - plan.offset()) / plan.mean_gap()));
      return SendEnd::kDone;
    }
    c.last = at;
    if (job.board != nullptr) {
      const std::uint64_t late_ns = clock.to_ns(at) - clock.to_ns(planned);
      for (std::uint64_t i = 0; i < burst; ++i) job.board->post(job.first_sequence + c.given + i, late_ns);
    }
    const SendEnd end = make_all(port, job, clock, c, burst);
    audit.departed(planned, at);
    if (end != SendEnd::kDone) return end;
  }
  return SendEnd::kDone;
}

/// As fast as the port makes them.
template <JobPort P, RunClock C>
SendEnd make_flat_out(P& port, const SendJob& job, C& clock, SendCount& c) noexcept {
  const double chunk_ticks = static_cast<double>(job.stall) * kChunkOfStall;
  double per_tick = 0;  // frames, of the last call
  c.start = c.last = clock.now();
  for (std::uint64_t now = c.start; c.given < job.count; now = clock.now()) {
    if (now - c.start >= job.ticks) return SendEnd::kDone;
    if (job.progress.stopping()) return SendEnd::kStopped;
    const double left = std::min(chunk_ticks, static_cast<double>(job.ticks - (now - c.start)));
    const auto chunk = static_cast<std::uint64_t>(std::max<double>(kFirstChunk, per_tick * left));
    c.last = now;
    const std::uint64_t before = c.given;
    const SendEnd end =
        make_all(port, job, clock, c, std::min({chunk, job.count - c.given, std::uint64_t{kMostInChunk}}));
    if (end != SendEnd::kDone) return end;
    per_tick = static_cast<double>(c.given - before) / static_cast<double>(clock.now() - now);
    clock.keep_fit(now, 0);
  }
  return SendEnd::kDone;
}

}  // namespace hopcost::pktgen
