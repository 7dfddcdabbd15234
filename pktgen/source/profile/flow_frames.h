// One flow's frames, described by what differs from packet to packet. The hot path has three steps. Values
// are made column by column for many frames ahead (make_ahead.cc), written into frames before they leave, and
// stamped when they leave (flow_frames.cc). One owner thread. Set-up is in make_source.cc.
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

/// A packet's frame is an image into which words, the probe and checksums are written. All three are terms of
/// the checksums: a checksum starts from the constant part of the bytes it covers and adds the terms among
/// them. This is RFC 1624's method, but it starts from the constant and not from the old checksum, so what a
/// buffer held before does not matter.
class FlowFrames {
 public:
  static constexpr std::size_t kMostSums = 8;
  static constexpr std::size_t kMostTerms = 64;

  /// 2, 4 or 8 bytes at an even offset `at`, written at once. The i-th word is term i.
  struct Word {
    std::uint16_t at;
    std::uint8_t bytes;
    std::uint64_t base;  ///< Its constant bits, as a number.
  };
  /// Bits of a series that go into a word: the 64 bits are shifted right, masked, and shifted left.
  struct Part {
    std::uint16_t series;
    std::uint8_t word;
    bool high;  ///< Takes the upper 64 of a value's 128 bits.
    std::uint8_t right, left;
    std::uint64_t mask;  ///< Applied between the shifts.
  };
  /// A checksum that differs per packet.
  struct Sum {
    ChecksumPlace place;
    std::vector<std::uint8_t> terms;  ///< Terms it covers, without timed sums; sums among them come earlier.
    bool timed = false;               ///< It covers the probe's time or another timed sum.
    bool probe = false;               ///< It covers a probe.
    bool is_term = false;             ///< Another sum covers it.
    std::vector<std::uint8_t> inner;  ///< Timed sums that it covers, as indices into `sums`.
  };
  /// The frame of one size. Its first bytes are in `heads`; the rest is `fill`, except the probe.
  struct Image {
    std::uint32_t head_at = 0;   ///< In `heads`.
    std::uint16_t size = 0;      ///< Without FCS.
    std::uint16_t probe_at = 0;  ///< 0: none.
    std::uint16_t wipe_at = 0;   ///< As FrameMemory::claim() has it.
    /// How a checksum adds the probe's numbers: kNoTerm, kEvenTerm, or kOddTerm if they begin at an odd
    /// offset (RFC 1071 section 2B).
    std::uint8_t probe_term = kNoTerm;
    /// For each of `sums` the sum of the constant bytes it covers. Four sums of 16 bits are packed into one
    /// number, the first one lowest.
    std::array<std::uint64_t, kMostSums / 4> constants{};
  };
  static constexpr std::uint8_t kNoTerm = 0, kEvenTerm = 1, kOddTerm = 2;

  /// All that differs in the next frames, except their times: columns of `room` values. Values begin..end - 1
  /// are of frames that have not left.
  struct Ahead {
    std::size_t room = 0, begin = 0, end = 0;
    std::vector<std::uint16_t> image;
    std::vector<std::uint64_t> probes;  ///< Flow and sequence as one number.
    std::vector<std::uint64_t> words;   ///< Column after column, as numbers.
    /// Column after column, in network order: the checksum field's value. Of a timed sum: the sum without the
    /// time and without its timed sums.
    std::vector<std::uint16_t> sums;
  };

  /// Allocates the columns; call before the first frame. `batch`: most frames of this flow in one prepare().
  /// `step`: values made at a time. Both at most kMaxBatch.
  void allocate(std::size_t batch, std::size_t step);

  /// Writes the flow's next frames, without their times, into `frames`, and their lengths without FCS into
  /// `lengths`. Each of `frames` has room for `head_bytes` and for its image. Gives the bytes of all. If no
  /// stamp() follows, the next call writes the same frames.
  std::uint64_t prepare(std::span<std::byte* const> frames, std::uint16_t* lengths,
                        FrameMemory& memory) noexcept;
  /// Writes the time `ns` (CLOCK_REALTIME) and what depends on it into the frames prepared last, and counts
  /// them as sent.
  void stamp(std::span<std::byte* const> frames, std::uint64_t ns) noexcept;

  std::string name;
  std::uint16_t id = 0;
  // Other threads may read these two with counted_now() during a run.
  std::uint64_t sent = 0;      ///< Frames.
  std::uint64_t sequence = 0;  ///< The next probe's number, which is the number of probes so far.
  std::byte fill{0};
  std::vector<Image> images;
  bool all_even = false;         ///< All images have a probe of kEvenTerm.
  std::size_t head_bytes = 0;    ///< At least the headers' bytes and 32; the same for all flows of a profile.
  std::vector<std::byte> heads;  ///< Each image's first `head_bytes`; shorter images are padded with `fill`.
  std::vector<std::uint16_t> order;  ///< Order of the images, as indices.
  bool random_order = false;
  std::uint32_t turn = 0;
  Random random{0};
  std::vector<Series> series;
  std::vector<Word> words;
  std::vector<Part> parts;  ///< Sorted by series.
  std::vector<Sum> sums;    ///< A sum comes after those it covers.

  /// Reads `sent` or `sequence` from another thread.
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
  std::uint64_t next_probe_ = 0;  // the probe number after the values made so far
};

}  // namespace hopcost::pktgen
