#include "pktgen/source/profile/frame_memory.h"

namespace hopcost::pktgen {

void FrameMemory::fill_anew(Held& h, std::byte* frame, std::size_t size, std::byte fill,
                            std::uint16_t wipe_at) const noexcept {
  std::memset(frame, static_cast<int>(fill), size);
  h = {.frame = alone_ ? frame : nullptr,
       .size = static_cast<std::uint32_t>(size),
       .wipe_at = wipe_at,
       .fill = fill};
}

}  // namespace hopcost::pktgen
