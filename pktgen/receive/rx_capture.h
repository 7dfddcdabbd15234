// A capture file to which received frames are also written, and the choice of frames. One owner thread while
// a run lasts.
#pragma once

#include <optional>
#include <span>

#include "wire/libpcap.h"
#include "wire/pcapng_writer.h"

namespace hopcost::pktgen {

struct RxCapture {
  PcapngWriter writer;
  std::optional<libpcap::Filter> wanted = {};  ///< For Ethernet; nothing: all frames.

  /// Writes the frame if it is wanted; `ns` is when it came in (CLOCK_REALTIME).
  void take(std::span<const std::byte> frame, std::uint64_t ns) noexcept {
    if (!wanted || wanted->matches(frame, static_cast<std::uint32_t>(frame.size())))
      writer.write(0, frame, ns);
  }
};

}  // namespace hopcost::pktgen
