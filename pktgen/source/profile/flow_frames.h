// One flow's frames, as lists of what differs from packet to packet. The hot path is three steps: values are
// made for many frames ahead and column by column (make_ahead.cc), written into frames before these leave,
// and stamped when they leave (flow_frames.cc). One owner thread. Set-up is in make_source.cc.
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
    std::vector<std::uint8_t> terms;  ///< In its reach, timed sums aside; sums among them come before it.
    bool timed = false;               ///< A probe's time is in its reach, or another timed sum is.
    bool probe = false;               ///< A probe is.
    bool is_term = false;             ///< Of another sum.
    std::vector<std::uint8_t> inner;  ///< Timed sums in its reach, by their place in `sums`.
  };
  /// A frame of one size. Its first bytes are in `heads`; behind them it is `fill`, but for the probe.
  struct Image {
    std::uint32_t head_at = 0;   ///< In `heads`.
    std::uint16_t size = 0;      ///< Without FCS.
    std::uint16_t probe_at = 0;  ///< 0: none.
    std::uint16_t wipe_at = 0;   ///< As FrameMemory::claim() has it.
    /// What the probe's numbers are to a checksum: kNoTerm, kEvenTerm, or kOddTerm where they begin at an odd
    /// offset (RFC 1071 section 2B).
    std::uint8_t probe_term = kNoTerm;
    /// What is constant in the reach of each of `sums`, as a sum of numbers: four of 16 bits in one, the
    /// first lowest.
    std::array<std::uint64_t, kMostSums / 4> constants{};
  };
  static constexpr std::uint8_t kNoTerm = 0, kEvenTerm = 1, kOddTerm = 2;

  /// All that differs in the next frames but their time: columns of `room` values. Those from `begin` to
  /// `end` are of frames that have not left.
  struct Ahead {
    std::size_t room = 0, begin = 0, end = 0;
    std::vector<std::uint16_t> image;
    std::vector<std::uint64_t> probes;  ///< Flow and sequence as one number.
    std::vector<std::uint64_t> words;   ///< Column after column; as numbers.
    /// The same, in network order: what goes into the field; of a timed sum all that is summed but its time
    /// and its timed sums.
    std::vector<std::uint16_t> sums;
  };

  /// Before the first frame: room for `batch` values a frame (frames of this flow that are written at once,
  /// at most kMaxBatch), made `step` at a time (at most kMaxBatch).
  void allocate(std::size_t batch, std::size_t step);

  /// Writes the flow's next frames but for their times, one into each of `frames`, their lengths without FCS
  /// into `lengths`. Each has room for `head_bytes` and for its image. The bytes of all. Without a stamp()
  /// behind it nothing has happened: the same frames are written by the next call.
  std::uint64_t prepare(std::span<std::byte* const> frames, std::uint16_t* lengths,
                        FrameMemory& memory) noexcept;
  /// Writes the time and what depends on it into the frames that were prepared last, and counts them.
  void stamp(std::span<std::byte* const> frames, std::uint64_t ns) noexcept;

  std::string name;
  std::uint16_t id = 0;
  // Others may read these two while frames are made, by counted_now().
  std::uint64_t sent = 0;      ///< Frames.
  std::uint64_t sequence = 0;  ///< Of its next probe: frames with a probe so far.
  std::byte fill{0};
  std::vector<Image> images;
  bool all_even = false;         ///< All of them have a probe of kEvenTerm.
  std::size_t head_bytes = 0;    ///< At least the headers', 32 at least; the same for all flows of a profile.
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
  void make_ahead() noexcept;
  void keep_what_is_left() noexcept;
  void pick(std::uint16_t* image) noexcept;
  void make_columns() noexcept;
  void number_probes(Columns& c) noexcept;
  void fill_words(Columns& c) noexcept;
  void sum_up(Columns& c) noexcept;
  std::uint64_t place_some(std::byte* const* frames, std::size_t n, std::uint16_t* lengths,
                           FrameMemory& memory) noexcept;
  void stamp_some(std::byte* const* frames, std::size_t n, std::uint64_t ns) noexcept;
  void stamp_batch(std::span<std::byte* const> frames, std::uint64_t ns) noexcept;
  std::uint64_t place(std::span<std::byte* const> frames, std::uint16_t* lengths,
                      FrameMemory& memory) noexcept;

  Ahead ahead_;
  std::size_t step_ = 0;          // values made at a time
  std::uint64_t next_probe_ = 0;  // of the values made so far
};

}  // namespace hopcost::pktgen
