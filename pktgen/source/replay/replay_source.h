// The frames of a capture file, one after the other: a FrameSource (pktgen/source/frame_source.h). The file
// is streamed, so any size needs the same memory. One owner thread, which reads ahead while the run waits for
// a departure.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "pktgen/io/port.h"
#include "wire/link_filter.h"
#include "wire/link_type.h"
#include "wire/pcap_reader.h"

namespace hopcost::pktgen {

/// What to replay, and how.
struct ReplayOptions {
  std::string file;
  std::string filter = {};  ///< pcap-filter(7): only packets that match; empty: all.
  int descriptor = -1;      ///< The open file, which the caller keeps open, or -1.
  std::uint64_t loops = 1;  ///< How often the file is replayed; 0: until the run ends otherwise.
  double speed = 1;         ///< Recorded gaps are divided by it.
  double max_gap_ns = std::numeric_limits<double>::infinity();  ///< Longest gap, once divided by `speed`.
  bool recorded = true;                                         ///< Frames leave at their recorded times.
  std::uint32_t mtu = 1500;
  /// For the Ethernet headers made for packets of other link layers. With a destination of zeros none are
  /// made, and such packets are left out. A source of zeros: the captured one, if there is one.
  MacAddress dst_mac = {}, src_mac = {};
};

/// How many packets were left out, and why, and what differs from the recording.
struct ReplayCounts {
  std::uint64_t no_packet = 0;   ///< Shorter than an Ethernet header, or of another link type without IP.
  std::uint64_t no_mac = 0;      ///< IP packets of another link type, while dst_mac is zero.
  std::uint64_t too_long = 0;    ///< Too long for the port's MTU.
  std::uint64_t filtered = 0;    ///< The filter does not match them.
  std::uint64_t cut = 0;         ///< Sent, but the capture holds less of them than was on the wire.
  std::uint64_t timeless = 0;    ///< Sent right after the packet before, because they have no time.
  std::uint64_t shortened = 0;   ///< Gaps longer than max_gap_ns.
  std::uint64_t steps_back = 0;  ///< Times more than a second before an earlier one: the clock was set.
  std::uint64_t loops = 0;       ///< How often the file's end was reached.
  /// Of those in no_packet and no_mac: the last link type that is not Ethernet, if any.
  std::optional<std::uint16_t> link_type;
};

class ReplaySource {
 public:
  /// Errors: as PcapReader::open and LinkFilter::compile; kUsage when no frame of the file can be sent, or
  /// when its packets have no times and `recorded` asks for them.
  [[nodiscard]] static Result<ReplaySource> open(const ReplayOptions& options);

  /// Zeros, as long as the MTU and one VLAN tag allow.
  [[nodiscard]] std::span<const std::byte> first_frame() const noexcept { return blank_; }
  [[nodiscard]] std::uint64_t available(std::uint64_t n) noexcept {
    while (staged_ < n && staged_ < kMaxBatch && stage_one()) {
    }
    return n < staged_ ? n : staged_;
  }
  template <SizedTxPort P>
  std::uint64_t send(P& port, std::span<std::byte* const> frames, std::uint64_t, std::uint64_t) noexcept {
    std::array<std::uint16_t, kMaxBatch> lengths;
    std::uint64_t bytes = 0;
    for (std::size_t i = 0; i < frames.size(); ++i) {
      const Staged& s = stage_[(head_ + i) % kMaxBatch];
      std::memcpy(frames[i], s.bytes.data(), s.length);
      bytes += lengths[i] = s.length;
    }
    head_ = (head_ + frames.size()) % kMaxBatch;
    staged_ -= frames.size();
    port.send(std::span<const std::uint16_t>(lengths.data(), frames.size()));
    return bytes;
  }

  /// When the next frame is due, ns after the first one, by the recorded times and the speed. Never goes
  /// back, even where the file's times do. After the end: the last frame's.
  [[nodiscard]] double due_ns() noexcept {
    if (available(1) > 0) std::atomic_ref(due_).store(stage_[head_].due_ns, std::memory_order_relaxed);
    return due_;
  }
  /// What due_ns() gave last. Any thread.
  [[nodiscard]] double due_now() const noexcept {
    return std::atomic_ref(const_cast<double&>(due_)).load(std::memory_order_relaxed);
  }
  /// When the first frame that was not sent is due, ns after the first one; nothing when all were sent.
  [[nodiscard]] std::optional<double> left_at_ns() const noexcept {
    return staged_ == 0 ? std::nullopt : std::optional(stage_[head_].due_ns);
  }
  /// The fault in the file that ended the replay, if any: where the file breaks off, or a link type that the
  /// filter can't be used on.
  [[nodiscard]] std::optional<Error> fault() const;
  [[nodiscard]] const ReplayCounts& counts() const noexcept { return counts_; }

 private:
  struct Staged {
    std::vector<std::byte> bytes;
    std::uint16_t length = 0;
    double due_ns = 0;
  };
  ReplaySource(PcapReader reader, const ReplayOptions& o, std::optional<LinkFilter> filter);
  bool stage_one() noexcept;
  bool next_round() noexcept;
  [[nodiscard]] bool is_wanted(const PcapPacket& p) noexcept;
  [[nodiscard]] std::optional<EthernetFrame> frame_of(const PcapPacket& p) noexcept;
  void leave_out(std::uint64_t& count, const PcapPacket& p) noexcept;
  [[nodiscard]] double due_of(const PcapPacket& p) noexcept;
  [[nodiscard]] Result<void> begin();
  [[nodiscard]] Error nothing_to_send() const;

  PcapReader reader_;
  ReplayOptions options_;
  std::optional<LinkFilter> filter_;
  std::optional<std::uint16_t> refused_by_filter_;  // a link type on which the filter can't be used
  EthernetFrames ethernet_;
  ReplayCounts counts_;
  std::vector<std::byte> blank_;
  std::vector<Staged> stage_;
  std::size_t head_ = 0, staged_ = 0;
  double due_ = 0;
  // The recorded time base_ns_ is due at base_due_; nothing before the round's first time.
  std::optional<std::uint64_t> base_ns_;
  double base_due_ = 0;
  double round_ns_ = 0;         // due time of this round's first frame
  std::uint64_t in_round_ = 0;  // frames staged in this round
  double latest_ns_ = 0;
  bool over_ = false, faulty_ = false;
};

/// Departures at the recorded times, as a plan for pace() (pktgen/pace/pace.h).
class RecordedPlan {
 public:
  /// `source` outlives it.
  RecordedPlan(ReplaySource& source, double ticks_per_ns) noexcept
      : source_(source), ticks_per_ns_(ticks_per_ns) {}
  /// Ticks from the first frame to the current one.
  [[nodiscard]] std::uint64_t offset() const noexcept {
    constexpr double kNever = 9e18;  // times of a file may be centuries apart
    return static_cast<std::uint64_t>(std::min(source_.due_ns() * ticks_per_ns_, kNever));
  }
  void advance() const noexcept {}  // the source itself moves on in the file
  [[nodiscard]] double mean_gap() const noexcept { return 1e18; }

 private:
  ReplaySource& source_;
  double ticks_per_ns_;
};

}  // namespace hopcost::pktgen
