// One flow's frames, as lists of what differs from packet to packet. write() is the hot path
// (flow_frames.cc): it works a batch at a time and column by column, all values of a field before the next
// field, so that nothing is decided per packet that is the same for all. One owner thread. Set-up is in
// make_source.cc.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "pktgen/io/port.h"
#include "pktgen/source/profile/frame_memory.h"
#include "pktgen/source/profile/series.h"
#include "wire/frame_encoder.h"

namespace hopcost::pktgen {

/// Each packet's frame is an image with words, the probe and checksums written into it. All three are terms
/// of the checksums: a checksum starts from what is constant in its reach and adds the terms that lie in it.
/// That is RFC 1624's way, but from the constant and not from the old checksum, so what a buffer held before
/// does not matter.
class FlowFrames {
 public:
  static constexpr std::size_t kMostSums = 8;
  static constexpr std::size_t kMostTerms = 64;

  /// Bytes written at once: 2, 4 or 8, at an even offset. The i-th word is term i.
  struct Word {
    std::uint16_t at;
    std::uint8_t bytes;
    std::uint64_t base;  ///< What is constant in it, as a number.
  };
  /// A series' bits in a word.
  struct Part {
    std::uint16_t series;
    std::uint8_t word;
    bool high;  ///< Of the 128 bits, the upper 64.
    std::uint8_t right, left;
    std::uint64_t mask;  ///< Between the shifts.
  };
  /// A checksum that differs per packet.
  struct Sum {
    ChecksumPlace place;
    std::vector<std::uint8_t> terms;  ///< In its reach; other checksums among them come before it.
  };
  /// A frame of one size. Its first bytes are in `heads`; behind them it is `fill`, but for the probe.
  struct Image {
    std::uint32_t head_at = 0;   ///< In `heads`.
    std::uint16_t size = 0;      ///< Without FCS.
    std::uint16_t probe_at = 0;  ///< 0: none.
    std::uint8_t rotation = 0;   ///< 8 when the probe's numbers begin at an odd offset (RFC 1071 section 2B).
    /// What is constant in the reach of each of `sums`, as a sum of numbers: four of 16 bits in one, the
    /// first lowest.
    std::array<std::uint64_t, kMostSums / 4> constants{};
  };

  /// Writes the flow's next frames, one into each of `frames` (at most kMaxBatch), their lengths without FCS
  /// into `lengths`. Each has room for `head_bytes` and for its image. The bytes of all.
  std::uint64_t write(std::span<std::byte* const> frames, std::uint16_t* lengths, std::uint64_t ns,
                      FrameMemory& memory) noexcept;

  std::string name;
  std::uint16_t id = 0;
  // Others may read these two while frames are made, by counted_now().
  std::uint64_t sent = 0;      ///< Frames.
  std::uint64_t sequence = 0;  ///< Of its next probe: frames with a probe so far.
  std::byte fill{0};
  std::vector<Image> images;
  std::size_t head_bytes = 0;    ///< At least the headers', 16 at least; the same for all flows of a profile.
  std::vector<std::byte> heads;  ///< Each image's first `head_bytes`, with `fill` behind a shorter one.
  std::vector<std::uint16_t> order;  ///< Of images.
  bool random_order = false;
  std::uint32_t turn = 0;
  Random random{0};
  std::vector<Series> series;
  std::vector<Word> words;
  std::vector<Part> parts;  ///< By series.
  std::vector<Sum> sums;    ///< Inner ones first.

  /// `sent` or `sequence`, read by another thread than its own.
  [[nodiscard]] static std::uint64_t counted_now(const std::uint64_t& counter) noexcept {
    return std::atomic_ref(const_cast<std::uint64_t&>(counter)).load(std::memory_order_relaxed);
  }

 private:
  struct Columns;
  void pick(Columns& c, std::size_t n) noexcept;
  std::uint64_t write_images(std::span<std::byte* const> frames, std::uint16_t* lengths, std::uint64_t ns,
                             FrameMemory& memory, Columns& c) noexcept;
  void fill_words(Columns& c, std::size_t n) noexcept;
  void sum_up(Columns& c, std::size_t n) const noexcept;
  void write_values(std::span<std::byte* const> frames, const Columns& c) const noexcept;
};

}  // namespace hopcost::pktgen
