// The Emitter (send/send_loop.h) for ports that make frames themselves (pktgen/io/maker_port.h). One thread;
// no allocation, lock or log.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>

#include "pktgen/io/clock/departure_stamps.h"
#include "pktgen/io/maker_port.h"
#include "pktgen/io/port.h"
#include "pktgen/pace/pace.h"
#include "pktgen/send/lane.h"
#include "pktgen/source/frame_source.h"

namespace hopcost::pktgen {

/// Frames per call when sending flat out: kFirstChunk at first, then as many as take this share of
/// SendJob::stall (100 ms of a second). Between calls the loop checks whether to stop.
inline constexpr double kChunkOfStall = 0.1;
inline constexpr std::uint32_t kFirstChunk = 4096, kMostInChunk = 1 << 22;

/// Has the port make the lane's frames, all of one size. The port also stamps them.
template <MakerPort P, RunClock C>
class MadeFrames {
 public:
  /// All but the source must outlive it.
  MadeFrames(P& port, const TemplateSource& source, LaneCount& lane, const SendJob& job, C& clock,
             SendCount& run) noexcept
      : port_(&port),
        bytes_(source.first_frame().size()),
        lane_(&lane),
        job_(&job),
        clock_(&clock),
        run_(&run) {}

  [[nodiscard]] static constexpr bool more() noexcept { return true; }
  [[nodiscard]] std::uint64_t get_ready(std::uint64_t n) const noexcept { return n; }
  /// Makes as many calls as needed.
  [[nodiscard]] SendEnd give(std::uint64_t n, std::uint64_t at) noexcept {
    for (std::uint64_t now = at, progressed = at, all = n;;) {
      const std::uint64_t made =
          port_->make(static_cast<std::uint32_t>(std::min<std::uint64_t>(n, kMostInChunk)));
      lane_->add(made, made * bytes_, *run_, job_->progress);
      n -= std::min(n, made);
      now = clock_->now();
      if (port_->failed() != 0) return SendEnd::kPortFailed;
      if (n == 0) {
        per_tick_ = static_cast<double>(all) / static_cast<double>(std::max<std::uint64_t>(now - at, 1));
        return SendEnd::kDone;
      }
      if (job_->progress.stopping()) return SendEnd::kStopped;
      if (made > 0) progressed = now;
      if (now - progressed > job_->stall) return SendEnd::kStalled;
    }
  }
  [[nodiscard]] std::uint64_t chunk(std::uint64_t ticks_left) const noexcept {
    const double ticks =
        std::min(static_cast<double>(job_->stall) * kChunkOfStall, static_cast<double>(ticks_left));
    return std::min<std::uint64_t>(
        static_cast<std::uint64_t>(std::max<double>(kFirstChunk, per_tick_ * ticks)), kMostInChunk);
  }
  void flush() const noexcept {}
  [[nodiscard]] static constexpr std::uint64_t owed() noexcept { return 0; }
  [[nodiscard]] std::uint64_t errors() const noexcept { return port_->errors(); }
  [[nodiscard]] int failed() const noexcept { return port_->failed(); }
  void settle() noexcept {
    if constexpr (SettlingPort<P>) port_->settle();
  }
  [[nodiscard]] std::string note() const {
    if constexpr (NotingPort<P>) return port_->note();
    return {};
  }
  [[nodiscard]] static constexpr const DepartureStamps* departures() noexcept { return nullptr; }

 private:
  P* port_;
  std::uint32_t bytes_;
  LaneCount* lane_;
  const SendJob* job_;
  C* clock_;
  SendCount* run_;
  double per_tick_ = 0;  // frames per tick in the last give()
};

}  // namespace hopcost::pktgen
