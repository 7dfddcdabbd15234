// How a lane's frames get into a port that lends frames, and the loop that sends as fast as a port takes
// them. This is all that happens per packet. One thread; no allocation, lock, log or virtual call.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <string>

#include "pktgen/io/port.h"
#include "pktgen/pace/pace.h"
#include "pktgen/send/lane.h"
#include "pktgen/source/frame_source.h"

namespace hopcost::pktgen {

/// Makes the packets of one lane on its port: LentFrames below on a port that lends frames, MadeFrames
/// (send/make_loop.h) on one that makes them itself.
template <class E>
concept Emitter = requires(E e, const E c, std::uint64_t n) {
  // False: the source has ended.
  { e.more() }
  noexcept->std::same_as<bool>;
  // Does what can be done before n packets leave. Gives how many of them could leave at once, maybe 0.
  { e.get_ready(n) }
  noexcept->std::same_as<std::uint64_t>;
  // Makes n packets, the first at tick `at`. Call after get_ready(n), with the same n or what that gave.
  // kDone when all were given to the port.
  { e.give(n, n) }
  noexcept->std::same_as<SendEnd>;
  // How many packets to make at a time when sending flat out, with n ticks of run time left.
  { e.chunk(n) }
  noexcept->std::same_as<std::uint64_t>;
  // As the port's (io/port.h).
  { e.flush() }
  noexcept;
  { c.owed() }
  noexcept->std::same_as<std::uint64_t>;
  { c.errors() }
  noexcept->std::same_as<std::uint64_t>;
  { c.failed() }
  noexcept->std::same_as<int>;
  { e.settle() }
  noexcept;
  // As NotingPort's; empty where the port is none.
  { c.note() } -> std::convertible_to<std::string>;
  // The NIC's departure stamps, or null.
  { e.departures() } -> std::same_as<const DepartureStamps*>;
};

/// The Emitter for ports that lend frames.
template <TxPort P, FrameSource<P> S, RunClock C>
class LentFrames {
 public:
  /// All arguments must outlive it.
  LentFrames(P& port, S& source, LaneCount& lane, const SendJob& job, C& clock, SendCount& run) noexcept
      : port_(&port), source_(&source), lane_(&lane), job_(&job), clock_(&clock), run_(&run) {}

  [[nodiscard]] bool more() noexcept { return source_->available(1) > 0; }
  /// Lends frames and reads the source (or writes its frames ahead) before the wait: taking back the frames
  /// that the kernel has finished with takes time, and so does writing frames that differ.
  std::uint64_t get_ready(std::uint64_t burst) noexcept {
    lent_ = port_->lend(static_cast<std::uint32_t>(std::min<std::uint64_t>(burst, kMaxBatch)));
    lent_ = lent_.first(source_->available(lent_.size()));
    if constexpr (PreparesFrames<S>) source_->prepare(lent_);
    return lent_.size();
  }
  /// Sends in as many batches as the port lends.
  [[nodiscard]] SendEnd give(std::uint64_t left, std::uint64_t at) noexcept {
    std::uint64_t progressed = at;
    for (std::uint64_t now = at;; now = clock_->now()) {
      if (lent_.empty()) {
        if (!more()) return SendEnd::kDone;
        port_->flush();
        if (now - progressed > job_->stall) return SendEnd::kStalled;
      } else {
        send_batch(clock_->to_ns(now));
        left -= lent_.size();
        progressed = now;
      }
      if (port_->failed() != 0) return SendEnd::kPortFailed;
      if (left == 0) return SendEnd::kDone;
      if (job_->progress.stopping()) return SendEnd::kStopped;
      get_ready(left);
    }
  }
  [[nodiscard]] static constexpr std::uint64_t chunk(std::uint64_t) noexcept { return kMaxBatch; }
  void flush() noexcept { port_->flush(); }
  [[nodiscard]] std::uint64_t owed() const noexcept { return port_->owed(); }
  [[nodiscard]] std::uint64_t errors() const noexcept { return port_->errors(); }
  [[nodiscard]] int failed() const noexcept { return port_->failed(); }
  void settle() noexcept {
    if constexpr (SettlingPort<P>) port_->settle();
  }
  [[nodiscard]] std::string note() const {
    if constexpr (NotingPort<P>) return port_->note();
    return {};
  }
  [[nodiscard]] const DepartureStamps* departures() noexcept {
    if constexpr (StampingTxPort<P>) return port_->departures();
    return nullptr;
  }

 private:
  /// Numbers, stamps and sends the lent frames. All of them carry `ns`, which was read just before.
  void send_batch(std::uint64_t ns) noexcept {
    if constexpr (StampingTxPort<P>) port_->given_at(ns);
    const std::uint64_t bytes = source_->send(*port_, lent_, lane_->first_sequence + lane_->given, ns);
    lane_->add(lent_.size(), bytes, *run_, job_->progress);
  }

  P* port_;
  S* source_;
  LaneCount* lane_;
  const SendJob* job_;
  C* clock_;
  SendCount* run_;
  std::span<std::byte* const> lent_;
};

/// Sends as fast as the port takes packets, with one clock reading per batch.
template <Emitter E, RunClock C>
SendEnd send_flat_out(E& lane, const SendJob& job, C& clock, SendCount& c) noexcept {
  c.start = c.first = c.last = wait_until(clock, job.begin, job.near, job.progress).until;
  for (std::uint64_t now = c.start; c.given < job.count;) {
    if (!lane.more()) return SendEnd::kDone;
    const std::uint64_t chunk = lane.chunk(job.ticks - (now - c.start));
    const std::uint64_t ready = lane.get_ready(std::min(chunk, job.count - c.given));
    now = clock.now();
    if (now - c.start >= job.ticks) return SendEnd::kDone;
    if (job.progress.stopping()) return SendEnd::kStopped;
    if (ready == 0) {
      lane.flush();
      if (lane.failed() != 0) return SendEnd::kPortFailed;
      if (now - c.last > job.stall) return SendEnd::kStalled;
    } else {
      c.last = now;
      if (const SendEnd end = lane.give(ready, now); end != SendEnd::kDone) return end;
    }
    clock.keep_fit(now, 0);
  }
  return SendEnd::kDone;
}

}  // namespace hopcost::pktgen
