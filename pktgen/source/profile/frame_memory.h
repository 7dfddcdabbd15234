// What the frames that a port lends hold behind their headers, so that payload is written once and not per
// packet. Hot path; one owner thread. Includes nothing of ports.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

namespace hopcost::pktgen {

/// Payload is one byte over and over, with a probe somewhere. A frame that held such payload needs no more
/// than the old probe written over, however long it is.
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

  /// Bytes written over an old probe at once, up to its end.
  static constexpr std::size_t kWiped = 32;

  /// Makes the frame's payload `fill`, up to `size`; the caller writes all that comes before it, and the
  /// probe, whose end is kWiped bytes or more behind `wipe_at`, as the payload is. Bytes before the payload
  /// may be changed. The frame has room for `size` bytes, and for kWiped.
  void claim(std::byte* frame, std::size_t size, std::byte fill, std::uint16_t wipe_at) noexcept {
    Held& h = held_[place_of(frame)];
    if (h.frame != frame || h.fill != fill || size > h.size) [[unlikely]]
      return fill_anew(h, frame, size, fill, wipe_at);
    *reinterpret_cast<Wiped*>(frame + h.wipe_at) = Wiped{} + static_cast<unsigned char>(fill);
    h.wipe_at = wipe_at;
  }

 private:
  /// Enough for 2048 frames of 2048 bytes with a longest of 1514, more than a port has by default.
  static constexpr std::size_t kPlaces = 8192;

  using Wiped [[gnu::vector_size(kWiped), gnu::aligned(1), gnu::may_alias]] = unsigned char;
  struct Held {
    const std::byte* frame = nullptr;
    std::uint32_t size = 0;  ///< So far it is `fill`, headers and the probe aside.
    std::uint16_t wipe_at = 0;
    std::byte fill{0};
  };

  [[nodiscard]] std::size_t place_of(const std::byte* frame) const noexcept {
    return std::bit_cast<std::uintptr_t>(frame) >> shift_ & (kPlaces - 1);
  }
  void fill_anew(Held& h, std::byte* frame, std::size_t size, std::byte fill,
                 std::uint16_t wipe_at) const noexcept;

  int shift_;
  std::vector<Held> held_;
  bool alone_ = true;
};

}  // namespace hopcost::pktgen
