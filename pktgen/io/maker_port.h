// The second kind of backend: a MakerPort makes frames itself, many at a time, and lends none. Into a
// TxPort's frames the caller writes number and time; a MakerPort is only told how many frames to make, and
// numbers and stamps them itself.
#pragma once

#include <concepts>
#include <cstdint>

#include "base/result.h"
#include "wire/frame_template.h"

namespace hopcost::pktgen {

/// What a MakerPort's frames are to hold. They are numbered from `first_sequence` on without a gap, whatever
/// the device does with them later.
struct FrameNumbering {
  std::uint64_t first_sequence = 0;
  bool stamp = true;  ///< False: the time in each probe is 0; frames are still numbered.
};

/// A port that makes its frames itself, out of reach of the caller: in the kernel.
template <class P>
concept MakerPort = std::movable<P> &&
    requires(P p, const P c, const FrameTemplate& t, FrameNumbering numbering, std::uint32_t n) {
  // Before a run. May allocate.
  { p.prepare(t, numbering) } -> std::same_as<Result<void>>;
  // Makes up to n frames back to back and hands them to the device. Gives their number; fewer than n after a
  // signal.
  { p.make(n) }
  noexcept->std::same_as<std::uint64_t>;
  // Frames made since prepare() that the device is known to have dropped.
  { c.errors() }
  noexcept->std::same_as<std::uint64_t>;
  // The errno of a fault that makes the port useless (its device is gone), or 0.
  { c.failed() }
  noexcept->std::same_as<int>;
};

}  // namespace hopcost::pktgen
