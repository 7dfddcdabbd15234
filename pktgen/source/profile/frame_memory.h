// What the frames that a port lends hold behind their headers, so that payload is written once and not per
// packet. Hot path; one owner thread. Includes nothing of ports.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "wire/probe.h"

namespace hopcost::pktgen {

/// Payload is one byte over and over, with a probe somewhere. A frame that held such payload needs no more
/// than the old probe's 18 bytes written over, however long it is.
///
/// A frame is known by its address. Frames side by side have places of their own; those that are far apart
/// may share one, and a frame that is not found there is filled anew, which costs time and is right as well.
class FrameMemory {
 public:
  /// The frames are at least `longest` bytes long, so that no two begin closer to each other.
  explicit FrameMemory(std::size_t longest) : shift_(std::bit_width(longest) - 1), held_(kPlaces) {}
  /// Call for frames that nobody else writes into from now on; if not `alone`, others may have changed them
  /// at every claim.
  void begin(bool alone) noexcept {
    alone_ = alone;
    held_.assign(kPlaces, {});
  }

  /// Makes the frame's payload `fill`, up to `size`; the caller writes all that comes before it, and the
  /// probe at `probe_at` (0: none). Bytes before the payload may be changed. The frame has room for `size`
  /// bytes, and for a probe's.
  void claim(std::byte* frame, std::size_t size, std::byte fill, std::uint16_t probe_at) noexcept {
    Held& h = held_[place_of(frame)];
    if (h.frame != frame || h.fill != fill || size > h.size) [[unlikely]]
      return fill_anew(h, frame, size, fill, probe_at);
    wipe_probe(frame + h.probe_at, fill);
    h.probe_at = probe_at;
  }

 private:
  /// Enough for 2048 frames of 2048 bytes with a longest of 1514, more than a port has by default.
  static constexpr std::size_t kPlaces = 8192;

  struct Held {
    const std::byte* frame = nullptr;
    std::uint32_t size = 0;  ///< So far it is `fill`, headers and the probe aside.
    std::uint16_t probe_at = 0;
    std::byte fill{0};
  };

  [[nodiscard]] std::size_t place_of(const std::byte* frame) const noexcept {
    return std::bit_cast<std::uintptr_t>(frame) >> shift_ & (kPlaces - 1);
  }
  static void wipe_probe(std::byte* at, std::byte fill) noexcept {
    const std::uint64_t eight = static_cast<std::uint64_t>(fill) * 0x0101010101010101;
    std::memcpy(at, &eight, 8);
    std::memcpy(at + 8, &eight, 8);
    std::memcpy(at + 16, &eight, 2);
  }
  void fill_anew(Held& h, std::byte* frame, std::size_t size, std::byte fill,
                 std::uint16_t probe_at) const noexcept;

  int shift_;
  std::vector<Held> held_;
  bool alone_ = true;
};

}  // namespace hopcost::pktgen
