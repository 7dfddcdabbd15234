// Where the frames of a run come from, as the send loops see it: static calls, one a batch. One owner thread.
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
  // The frame a port is prepared with: as long as the longest there will be. Valid as long as the source.
  { port.prepare(c.first_frame()) } -> std::same_as<Result<void>>;
  // How many of the next n frames there are, n <= kMaxBatch: n, or fewer near the source's end; 0: it is
  // over.
  { s.available(n) }
  noexcept->std::same_as<std::uint64_t>;
  // Writes and sends the next frames.size() frames, no more than are available (those that were prepared
  // last, all of them, where it prepares frames: PreparesFrames), numbered from the second
  // argument on where the source numbers them through, stamped with the third (CLOCK_REALTIME, ns). Their
  // bytes without FCS.
  { s.send(port, frames, n, n) }
  noexcept->std::same_as<std::uint64_t>;
};

/// A source that writes all that is known of frames before they leave, so that between the reading of the
/// clock and the departure there is little to do.
template <class S>
concept PreparesFrames = requires(S s, std::span<std::byte* const> frames) {
  // The next frames.size() frames. When they are not sent the next call writes the same frames.
  { s.prepare(frames) }
  noexcept;
};

/// One probe frame, renumbered and stamped for each packet.
class TemplateSource {
 public:
  /// Stamps, until set_stamp() says otherwise.
  explicit TemplateSource(FrameTemplate frame) : frame_(std::move(frame)) {}

  [[nodiscard]] const FrameTemplate& first_frame() const noexcept { return frame_; }
  [[nodiscard]] std::uint64_t available(std::uint64_t n) const noexcept { return n; }
  /// False: all frames go out as the port was prepared with them.
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
