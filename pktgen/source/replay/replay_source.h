// The frames of a capture file, one after the other: a FrameSource (pktgen/source/frame_source.h). Streamed:
// a file of any size in a fixed amount of memory. One owner thread; reading ahead happens while the run waits
// for a departure.
#pragma once

#include <array>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "pktgen/io/port.h"
#include "wire/pcap_reader.h"

namespace hopcost::pktgen {

struct ReplayOptions {
  std::string file;
  std::uint64_t loops = 1;  ///< Times over the whole file; 0: until the run ends otherwise.
  double speed = 1;         ///< Recorded gaps are divided by it.
  std::uint32_t mtu = 1500;
};

/// What was left out, and why.
struct ReplayCounts {
  std::uint64_t not_ethernet = 0;  ///< Of another link type, or shorter than an Ethernet header.
  std::uint64_t too_long = 0;      ///< For the port's MTU.
  std::uint64_t cut = 0;           ///< Sent, but the capture held less of them than was on the wire.
  std::uint64_t loops = 0;         ///< Ends of the file met.
};

class ReplaySource {
 public:
  /// Errors: as PcapReader::open; kUsage when there is no Ethernet frame in it or it is to be looped and
  /// can't be.
  [[nodiscard]] static Result<ReplaySource> open(const ReplayOptions& options);

  /// Zeros, as long as the MTU allows, with one VLAN tag.
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

  /// When the next frame is due, ns after the first one, by the recorded times and the speed. Never before an
  /// earlier one, also where the file's times go back. The last one's after the end.
  [[nodiscard]] double due_ns() noexcept {
    if (available(1) > 0) due_ = stage_[head_].due_ns;
    return due_;
  }
  /// What is wrong with the file, when it ended in a fault.
  [[nodiscard]] std::optional<Error> fault() const;
  [[nodiscard]] const ReplayCounts& counts() const noexcept { return counts_; }

 private:
  struct Staged {
    std::vector<std::byte> bytes;
    std::uint16_t length = 0;
    double due_ns = 0;
  };
  ReplaySource(PcapReader reader, const ReplayOptions& o);
  bool stage_one() noexcept;
  bool next_round() noexcept;
  bool fits(const PcapPacket& p) noexcept;
  [[nodiscard]] double due_of(std::uint64_t ns) noexcept;

  PcapReader reader_;
  ReplayOptions options_;
  ReplayCounts counts_;
  std::vector<std::byte> blank_;
  std::vector<Staged> stage_;
  std::size_t head_ = 0, staged_ = 0;
  double due_ = 0;
  double round_ns_ = 0;                    // when this round's first frame was due
  std::optional<std::uint64_t> first_ns_;  // its recorded time
  std::uint64_t in_round_ = 0;             // frames staged
  double latest_ns_ = 0;
  bool over_ = false, faulty_ = false;
};

/// Departures at the recorded times, as send_paced() wants its plan. Refers to the source it plans for.
class RecordedPlan {
 public:
  RecordedPlan(ReplaySource& source, double ticks_per_ns) noexcept
      : source_(source), ticks_per_ns_(ticks_per_ns) {}
  [[nodiscard]] std::uint64_t offset() const noexcept {
    return static_cast<std::uint64_t>(source_.due_ns() * ticks_per_ns_);
  }
  void advance() const noexcept {}  // the source is its own place in the file
  [[nodiscard]] double mean_gap() const noexcept { return 1e18; }

 private:
  ReplaySource& source_;
  double ticks_per_ns_;
};

}  // namespace hopcost::pktgen
