// Remembers the payload in the frames that a port lends, so that it is written once and not for each packet.
// Hot path; one owner thread. Includes nothing of ports.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

namespace hopcost::pktgen {

/// Payload is a repeated byte with a probe in it. In a frame that held the same payload before, only the old
/// probe has to be overwritten, however long the frame is.
///
/// A frame is identified by its address. Frames next to each other have different places in the table; frames
/// far apart may share one. A frame that is not found in its place is filled anew: slower, but as correct.
class FrameMemory {
 public:
  /// The frames' memory is at least `longest` bytes each, so no two frames begin closer to each other than
  /// that.
  explicit FrameMemory(std::size_t longest) : shift_(std::bit_width(longest) - 1), held_(kPlaces) {}
  /// Forgets all frames. `alone`: from now on nobody else writes into the frames; else they may have changed
  /// before every claim().
  void begin(bool alone) noexcept {
    alone_ = alone;
    held_.assign(kPlaces, {});
  }

  /// Bytes overwritten at once to remove an old probe; they end where the probe ends.
  static constexpr std::size_t kWiped = 32;

  /// Makes the frame's payload `fill`, up to `size` bytes. The caller then writes the headers and the probe.
  /// `wipe_at` is kWiped bytes before the probe's end. Bytes before the payload may be changed. The frame has
  /// room for `size` and for kWiped bytes.
  void claim(std::byte* frame, std::size_t size, std::byte fill, std::uint16_t wipe_at) noexcept {
    Held& h = held_[place_of(frame)];
    if (h.frame != frame || h.fill != fill || size > h.size) [[unlikely]]
      return fill_anew(h, frame, size, fill, wipe_at);
    *reinterpret_cast<Wiped*>(frame + h.wipe_at) = Wiped{} + static_cast<unsigned char>(fill);
    h.wipe_at = wipe_at;
  }

 private:
  /// Enough for 2048 frames of 2048 bytes when `longest` is 1514; a port has fewer by default.
  static constexpr std::size_t kPlaces = 8192;

  using Wiped [[gnu::vector_size(kWiped), gnu::aligned(1), gnu::may_alias]] = unsigned char;
  struct Held {
    const std::byte* frame = nullptr;
    std::uint32_t size = 0;  ///< Up to here the frame is `fill`, except headers and probe.
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
