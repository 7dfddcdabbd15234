// The XDP program that turns a page into the next probe frame, assembled for one frame: all that is constant
// in the frame, the program's map and the device is an immediate in it. Pure; loads nothing.
#pragma once

#include <linux/bpf.h>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/result.h"
#include "wire/frame_template.h"

namespace hopcost::pktgen {

/// What the program and we share, at offset 0 of the state map's one value. The program alone writes while it
/// runs, and it runs on one CPU.
struct FrameState {
  std::uint64_t next;     ///< Sequence of the next frame.
  std::uint64_t refused;  ///< Frames for which there was no device to go to.
};

/// What a program is made for.
struct FrameProgramRequest {
  int state_map = -1;   ///< BPF_MAP_TYPE_ARRAY with a FrameState.
  int device_map = -1;  ///< BPF_MAP_TYPE_DEVMAP with the device at key 0.
  bool stamp = true;
  std::uint64_t tai_offset_ns = 0;  ///< What CLOCK_TAI is ahead of CLOCK_REALTIME.
};

/// The instructions. Each frame's headers are written anew, because a page comes back as its last receiver
/// left it: a router takes one off the TTL. Errors: kUsage for a frame that is not a UDP probe over IPv4 or
/// IPv6.
[[nodiscard]] Result<std::vector<bpf_insn>> frame_program(const FrameTemplate& t,
                                                          const FrameProgramRequest& r);

}  // namespace hopcost::pktgen
