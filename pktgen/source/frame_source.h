// The source of a run's frames, as the send loops see it: static calls, one per batch. One owner thread.
#pragma once

#include <cstdint>
#include <span>

#include "pktgen/io/port.h"
#include "wire/frame_template.h"

namespace hopcost::pktgen {

/// A source writes frames into what a port lent and hands them over. `TemplateSource` below is the one for a
/// single fixed frame, `ProfileSource` (pktgen/source/profile/) for everything a profile says, `ReplaySource`
/// (pktgen/source/replay/) for a capture file.
template <class S, class P>
concept FrameSource = TxPort<P> &&
    requires(S s, const S c, P& port, std::span<std::byte* const> frames, std::uint64_t n) {
  // The frame to prepare a port with: as long as the source's longest frame. Valid as long as the source.
  { port.prepare(c.first_frame()) } -> std::same_as<Result<void>>;
  // How many of the next n frames the source has, n <= kMaxBatch: n, or fewer near its end; 0: it has ended.
  { s.available(n) }
  noexcept->std::same_as<std::uint64_t>;
  // Writes and sends the next frames.size() frames, no more than are available; a source that PreparesFrames
  // sends all that were prepared last. Only TemplateSource uses the first n, the sequence to number from. The
  // second n is the time to stamp (CLOCK_REALTIME, ns). Gives the frames' bytes without FCS.
  { s.send(port, frames, n, n) }
  noexcept->std::same_as<std::uint64_t>;
};

/// A source that writes frames ahead, all but their times, so that little is left to do between the clock
/// reading and the departure.
template <class S>
concept PreparesFrames = requires(S s, std::span<std::byte* const> frames) {
  // Writes the next frames.size() frames. If they are not sent, the next call writes the same ones.
  { s.prepare(frames) }
  noexcept;
};

/// One probe frame, renumbered and stamped for each packet.
class TemplateSource {
 public:
  /// Numbers and stamps frames, until set_stamp(false).
  explicit TemplateSource(FrameTemplate frame) : frame_(std::move(frame)) {}

  [[nodiscard]] const FrameTemplate& first_frame() const noexcept { return frame_; }
  [[nodiscard]] std::uint64_t available(std::uint64_t n) const noexcept { return n; }
  /// False: all frames go out as the port was prepared.
  void set_stamp(bool stamp) noexcept { stamp_ = stamp; }
  [[nodiscard]] bool stamps() const noexcept { return stamp_; }
  template <TxPort P>
  std::uint64_t send(P& port, std::span<std::byte* const> frames, std::uint64_t sequence,
                     std::uint64_t ns) noexcept {
    if (stamp_)
      for (std::byte* f : frames) frame_.stamp(f, sequence++, ns);
    port.send(static_cast<std::uint32_t>(frames.size()));
    return frames.size() * frame_.size();
  }

 private:
  FrameTemplate frame_;
  bool stamp_ = true;
};

}  // namespace hopcost::pktgen
