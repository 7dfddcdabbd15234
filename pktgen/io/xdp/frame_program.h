// Assembles the XDP program that writes the next probe frame into a page. It is made for one frame: the
// frame's constant bytes, the program's map and the device are immediates in its instructions. Pure; loads
// nothing.
#pragma once

#include <linux/bpf.h>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/result.h"
#include "wire/frame_template.h"

namespace hopcost::pktgen {

/// What the program and we share: the one value of the state map. While the program runs, on one CPU, only it
/// writes.
struct FrameState {
  std::uint64_t next;     ///< Sequence of the next frame.
  std::uint64_t refused;  ///< Frames that could not be redirected, because there was no device.
};

/// What a program is made for.
struct FrameProgramRequest {
  int state_map = -1;   ///< BPF_MAP_TYPE_ARRAY with a FrameState.
  int device_map = -1;  ///< BPF_MAP_TYPE_DEVMAP with the device at key 0.
  bool stamp = true;
  std::uint64_t tai_offset_ns = 0;  ///< CLOCK_TAI less CLOCK_REALTIME.
};

/// The instructions. The program writes each frame's headers anew, because a page comes back as its last
/// receiver left it: a router has lowered the TTL. Errors: kUsage for a frame that is not a UDP probe over
/// IPv4 or IPv6.
[[nodiscard]] Result<std::vector<bpf_insn>> frame_program(const FrameTemplate& t,
                                                          const FrameProgramRequest& r);

}  // namespace hopcost::pktgen
