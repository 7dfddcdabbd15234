// The sending loops: all that happens per packet. One thread; no allocation, lock, log or virtual call.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

#include "base/signals.h"
#include "pktgen/audit.h"
#include "pktgen/departure_plan.h"
#include "pktgen/frame_source.h"
#include "pktgen/io/port.h"
#include "pktgen/lateness_board.h"
#include "pktgen/run_clock.h"

namespace hopcost::pktgen {

/// What a run shares with other threads while it lasts. Written by the sender alone, but for `stop`.
struct alignas(64) Progress {
  std::atomic<std::uint64_t> sent{0};
  std::atomic<std::uint64_t> bytes{0};  ///< Of these frames, without FCS.
  std::atomic<bool> stop{false};
  [[nodiscard]] bool stopping() const noexcept {
    return stop.load(std::memory_order_relaxed) || stop_requested();
  }
};

struct SendJob {
  std::uint64_t first_sequence = 0;
  std::uint64_t count = 0;  ///< Packets.
  std::uint64_t ticks = 0;  ///< Of run time.
  std::uint32_t burst = 1;  ///< Packets a departure.
  std::uint64_t near = 0;   ///< Ticks before a departure from which on nothing but the counter is looked at.
  std::uint64_t stall = 0;  ///< Ticks without a free frame after which the run is given up.
  LatenessBoard* board = nullptr;  ///< Where a receiving thread finds how late packets left, or null.
  Progress& progress;
};

enum class SendEnd {
  kDone,
  kStopped,
  kPortFailed,
  kStalled,  ///< The port lent no frame for a second: somebody holds them all.
};

/// One thread's counts; `given` packets went to the port, which may still owe some of them.
struct SendCount {
  std::uint64_t given = 0;
  std::uint64_t bytes = 0;  ///< Of these packets' frames, without FCS.
  std::uint64_t start = 0;  ///< First departure, ticks.
  std::uint64_t last = 0;   ///< Last departure, ticks.
};

/// Numbers, stamps and gives one batch to the port. All of it carries `ns`, read just before.
template <TxPort P, FrameSource<P> S>
inline void send_batch(P& port, S& source, const SendJob& job, SendCount& c,
                       std::span<std::byte* const> frames, std::uint64_t ns) noexcept {
  c.bytes += source.send(port, frames, job.first_sequence + c.given, ns);
  c.given += frames.size();
  job.progress.sent.store(c.given, std::memory_order_relaxed);
  job.progress.bytes.store(c.bytes, std::memory_order_relaxed);
}

/// Busy-waits; the time read last, at or after `planned`, or earlier when the run is to stop.
template <RunClock C>
inline std::uint64_t wait_until(C& clock, std::uint64_t planned, std::uint64_t near,
                                const Progress& progress) noexcept {
  std::uint64_t now = clock.now();
  if (now < planned) clock.keep_fit(now, planned - now);
  while ((now = clock.now()) < planned) {
    if (planned - now < near) continue;  // the pause instruction is coarser than what is left
    if (progress.stopping()) return now;
    clock.relax();
  }
  return now;
}

/// The packets of one departure, in as many batches as the port lends. kDone when all were given.
template <TxPort P, FrameSource<P> S, RunClock C>
SendEnd send_burst(P& port, S& source, const SendJob& job, C& clock, SendCount& c,
                   std::span<std::byte* const> frames, std::uint64_t left, std::uint64_t at) noexcept {
  for (std::uint64_t now = at;; now = clock.now()) {
    if (frames.empty()) {
      port.flush();
      if (now - at > job.stall) return SendEnd::kStalled;
    } else {
      send_batch(port, source, job, c, frames, clock.to_ns(now));
      left -= frames.size();
    }
    if (port.failed() != 0) return SendEnd::kPortFailed;
    if (left == 0) return SendEnd::kDone;
    if (job.progress.stopping()) return SendEnd::kStopped;
    frames = port.lend(static_cast<std::uint32_t>(std::min<std::uint64_t>(left, kMaxBatch)));
  }
}

/// As the plan says. A departure that comes late is made at once, and the plan stays as it was.
template <TxPort P, FrameSource<P> S, RunClock C, class Plan>
SendEnd send_paced(P& port, S& source, const SendJob& job, C& clock, Plan plan, Audit& audit,
                   SendCount& c) noexcept {
  c.start = clock.now() + job.near;
  for (; c.given < job.count && plan.offset() < job.ticks; plan.advance()) {
    const std::uint64_t planned = c.start + plan.offset();
    const std::uint64_t burst = source.available(std::min<std::uint64_t>(job.burst, job.count - c.given));
    if (burst == 0) return SendEnd::kDone;
    // Lent before the wait, for taking back what the kernel is done with takes time.
    const auto frames = port.lend(static_cast<std::uint32_t>(std::min<std::uint64_t>(burst, kMaxBatch)));
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
    const SendEnd end = send_burst(port, source, job, clock, c, frames, burst, at);
    audit.departed(planned, at);
    if (end != SendEnd::kDone) return end;
  }
  return SendEnd::kDone;
}

/// As fast as the port takes them, one clock reading a batch.
template <TxPort P, FrameSource<P> S, RunClock C>
SendEnd send_flat_out(P& port, S& source, const SendJob& job, C& clock, SendCount& c) noexcept {
  c.start = c.last = clock.now();
  while (c.given < job.count) {
    const std::uint64_t batch = source.available(std::min<std::uint64_t>(kMaxBatch, job.count - c.given));
    if (batch == 0) return SendEnd::kDone;
    const auto frames = port.lend(static_cast<std::uint32_t>(batch));
    const std::uint64_t now = clock.now();
    if (now - c.start >= job.ticks) return SendEnd::kDone;
    if (job.progress.stopping()) return SendEnd::kStopped;
    if (frames.empty()) {
      port.flush();
      if (now - c.last > job.stall) return SendEnd::kStalled;
    } else {
      c.last = now;
      send_batch(port, source, job, c, frames, clock.to_ns(now));
    }
    if (port.failed() != 0) return SendEnd::kPortFailed;
    clock.keep_fit(now, 0);
  }
  return SendEnd::kDone;
}

}  // namespace hopcost::pktgen
