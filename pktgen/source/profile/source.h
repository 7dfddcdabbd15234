// A profile made ready to send: its flows in turn. write() and send() are the hot path: no allocation, no
// virtual call. One owner thread. Set-up is in make_source.cc.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "pktgen/io/port.h"
#include "pktgen/source/profile/flow_frames.h"
#include "pktgen/source/profile/frame_memory.h"
#include "pktgen/source/profile/profile.h"

namespace hopcost::pktgen {

/// What the run adds to a profile.
struct ProfileContext {
  std::optional<MacAddress> dst_mac, src_mac;  ///< For flows that name none.
  std::uint32_t mtu = 1500;
  std::uint64_t seed = 1;  ///< When the profile has none.
};

/// A FrameSource (pktgen/source/frame_source.h). Its flows number their own probes, each from 0.
class ProfileSource {
 public:
  /// Errors: kUsage with the flow's place when a size does not hold the headers, the probe it must or is
  /// above the MTU, or a flow names no destination MAC and the context neither.
  [[nodiscard]] static Result<ProfileSource> make(const Profile& profile, const ProfileContext& context);

  [[nodiscard]] std::span<const std::byte> first_frame() const noexcept { return longest_; }
  [[nodiscard]] std::uint64_t available(std::uint64_t n) const noexcept { return n; }
  /// Before a run. `alone`: nobody else writes into the port's frames while it lasts.
  void begin(bool alone) noexcept { memory_.begin(alone); }
  template <SizedTxPort P>
  std::uint64_t send(P& port, std::span<std::byte* const> frames, std::uint64_t, std::uint64_t ns) noexcept {
    std::array<std::uint16_t, kMaxBatch> lengths;
    const std::uint64_t bytes = write(frames, lengths, ns);
    port.send(std::span<const std::uint16_t>(lengths).first(frames.size()));
    return bytes;
  }

  /// Writes the next frames (at most kMaxBatch), each with room for the first frame's bytes, and their
  /// lengths without FCS; the bytes of all. Between calls nobody else writes into a frame, or begin() comes
  /// before the next.
  std::uint64_t write(std::span<std::byte* const> frames, std::span<std::uint16_t> lengths,
                      std::uint64_t ns) noexcept;

  [[nodiscard]] const std::vector<FlowFrames>& flows() const noexcept { return flows_; }
  /// Of a whole round of flows and sizes, with FCS.
  [[nodiscard]] double mean_size() const noexcept { return mean_size_; }
  /// What the flows' own rates sum to; 0 when they have none.
  [[nodiscard]] double pps() const noexcept { return pps_; }

 private:
  /// A batch's frames of one flow, as a chain through the batch.
  struct Chain {
    std::uint8_t first = 0, last = 0, count = 0;
  };
  std::uint64_t write_flow(std::size_t flow, std::span<std::byte* const> frames,
                           std::span<std::uint16_t> lengths, std::span<const std::uint8_t> next,
                           std::uint64_t ns) noexcept;

  std::vector<FlowFrames> flows_;
  std::vector<Chain> chains_;  // one a flow, empty between calls
  std::vector<std::uint16_t> order_;
  std::size_t turn_ = 0;
  FrameMemory memory_{1};
  std::vector<std::byte> longest_;
  double mean_size_ = 0, pps_ = 0;
};

}  // namespace hopcost::pktgen
