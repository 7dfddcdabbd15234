// A capture file to which received frames are also written, and which frames to write. One owner thread
// during a run.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "wire/libpcap.h"
#include "wire/pcapng_writer.h"

namespace hopcost::pktgen {

struct RxCapture {
  PcapngWriter writer;
  std::optional<libpcap::Filter> wanted = {};  ///< For Ethernet frames; nothing: all are written.
  std::uint64_t seen = 0, written = 0;         ///< Frames, in all runs so far.

  /// Writes the frame if the filter wants it; `ns` is its arrival (CLOCK_REALTIME).
  void take(std::span<const std::byte> frame, std::uint64_t ns) noexcept {
    ++seen;
    if (wanted && !wanted->matches(frame, static_cast<std::uint32_t>(frame.size()))) return;
    writer.write(0, frame, ns);
    ++written;
  }
};

}  // namespace hopcost::pktgen
