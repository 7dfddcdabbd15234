// A profile made ready to send: its flows take turns. prepare() and send() are the hot path: no allocation,
// no virtual call. One owner thread. Set-up is in make_source.cc.
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
  std::optional<MacAddress> dst_mac, src_mac;  ///< For flows that do not name them.
  std::uint32_t mtu = 1500;
  std::uint64_t seed = 1;  ///< Used when the profile has none.
};

/// A FrameSource (pktgen/source/frame_source.h). Its flows number their own probes, each from 0.
class ProfileSource {
 public:
  /// Errors: kUsage with the flow's place when a size is too small for the headers or a required probe, or is
  /// above the MTU; also when neither the flow nor the context names a destination MAC.
  [[nodiscard]] static Result<ProfileSource> make(const Profile& profile, const ProfileContext& context);

  [[nodiscard]] std::span<const std::byte> first_frame() const noexcept { return longest_; }
  [[nodiscard]] std::uint64_t available(std::uint64_t n) const noexcept { return n; }
  /// Call before a run. `alone`: nobody else writes into the port's frames during the run.
  void begin(bool alone) noexcept { memory_.begin(alone); }
  /// Writes the next frames (at most kMaxBatch) without their times. Each has room for first_frame()'s bytes.
  /// If no stamp() follows, the next call writes the same frames.
  void prepare(std::span<std::byte* const> frames) noexcept;
  /// Stamps the frames prepared last, counts them as sent, and gives the bytes of all. If anybody else writes
  /// into the frames before the next prepare(), call begin() first.
  std::uint64_t stamp(std::span<std::byte* const> frames, std::uint64_t ns) noexcept;
  /// Lengths of the frames prepared last, bytes without FCS.
  [[nodiscard]] std::span<const std::uint16_t> lengths() const noexcept {
    return std::span(lengths_).first(prepared_);
  }
  template <SizedTxPort P>
  std::uint64_t send(P& port, std::span<std::byte* const> frames, std::uint64_t, std::uint64_t ns) noexcept {
    const std::uint64_t bytes = stamp(frames, ns);
    port.send(lengths());
    return bytes;
  }

  [[nodiscard]] const std::vector<FlowFrames>& flows() const noexcept { return flows_; }
  /// Mean over a whole round of flows and sizes, bytes with FCS.
  [[nodiscard]] double mean_size() const noexcept { return mean_size_; }
  /// Sum of the flows' own rates, packets a second; 0 when they have none.
  [[nodiscard]] double pps() const noexcept { return pps_; }

 private:
  /// One flow's frames in a batch, as a chain through the batch.
  struct Chain {
    std::uint8_t first = 0, last = 0, count = 0;
  };
  /// A flow that occurs in a batch, and how often.
  struct Met {
    std::uint16_t flow;
    std::uint8_t count;
  };
  std::size_t group(std::size_t n) noexcept;

  std::vector<FlowFrames> flows_;
  std::vector<Chain> chains_;  // one per flow, empty between calls
  std::vector<std::uint16_t> order_;
  std::size_t turn_ = 0;
  // The batch prepared last, sorted by flow: at_[i] is the position in the batch of frames_[i].
  std::size_t prepared_ = 0, met_flows_ = 0;
  std::uint64_t bytes_ = 0;
  std::array<Met, kMaxBatch> met_{};
  std::array<std::uint8_t, kMaxBatch> at_{};
  std::array<std::byte*, kMaxBatch> frames_{};
  std::array<std::uint16_t, kMaxBatch> lengths_{};
  FrameMemory memory_{1};
  std::vector<std::byte> longest_;
  double mean_size_ = 0, pps_ = 0;
};

}  // namespace hopcost::pktgen
