// The sending loops for ports that lend frames: all that happens per packet. One thread; no allocation, lock,
// log or virtual call.
#pragma once

#include <algorithm>
#include <cstdint>

#include "pktgen/io/port.h"
#include "pktgen/pace/departure_plan.h"
#include "pktgen/pace/pace.h"
#include "pktgen/source/frame_source.h"

namespace hopcost::pktgen {

/// Numbers, stamps and gives one batch to the port. All of it carries `ns`, read just before.
template <TxPort P, FrameSource<P> S>
inline void send_batch(P& port, S& source, const SendJob& job, SendCount& c,
                       std::span<std::byte* const> frames, std::uint64_t ns) noexcept {
  if constexpr (StampingTxPort<P>) port.given_at(ns);
  c.bytes += source.send(port, frames, job.first_sequence + c.given, ns);
  c.given += frames.size();
  job.progress.sent.store(c.given, std::memory_order_relaxed);
  job.progress.bytes.store(c.bytes, std::memory_order_relaxed);
}

/// Fills frames that the port lends (pace()'s Hand).
template <TxPort P, FrameSource<P> S, RunClock C>
class LentFrames {
 public:
  LentFrames(P& port, S& source, const SendJob& job, C& clock, SendCount& c) noexcept
      : port_(port), source_(source), job_(job), clock_(clock), c_(c) {}

  [[nodiscard]] std::uint64_t available(std::uint64_t n) noexcept { return source_.available(n); }
  /// Lent before the wait, for taking back what the kernel is done with takes time.
  void get_ready(std::uint64_t burst) noexcept { lent_ = port_.lend(batch(burst)); }
  /// In as many batches as the port lends.
  [[nodiscard]] SendEnd give(std::uint64_t left, std::uint64_t at) noexcept {
    for (std::uint64_t now = at;; now = clock_.now()) {
      if (lent_.empty()) {
        port_.flush();
        if (now - at > job_.stall) return SendEnd::kStalled;
      } else {
        send_batch(port_, source_, job_, c_, lent_, clock_.to_ns(now));
        left -= lent_.size();
      }
      if (port_.failed() != 0) return SendEnd::kPortFailed;
      if (left == 0) return SendEnd::kDone;
      if (job_.progress.stopping()) return SendEnd::kStopped;
      lent_ = port_.lend(batch(left));
    }
  }

 private:
  [[nodiscard]] static std::uint32_t batch(std::uint64_t n) noexcept {
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(n, kMaxBatch));
  }

  P& port_;
  S& source_;
  const SendJob& job_;
  C& clock_;
  SendCount& c_;
  std::span<std::byte* const> lent_;
};

template <TxPort P, FrameSource<P> S, RunClock C, class Plan>
SendEnd send_paced(P& port, S& source, const SendJob& job, C& clock, const Plan& plan, Audit& audit,
                   SendCount& c) noexcept {
  LentFrames hand(port, source, job, clock, c);
  return pace(hand, job, clock, plan, audit, c);
}

/// As fast as the port takes them, one clock reading a batch.
template <TxPort P, FrameSource<P> S, RunClock C>
SendEnd send_flat_out(P& port, S& source, const SendJob& job, C& clock, SendCount& c) noexcept {
  c.start = c.first = c.last = wait_until(clock, job.begin, job.near, job.progress).until;
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
