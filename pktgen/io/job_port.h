// The second kind of backend: one that makes whole frames somewhere else, many at a time, and lends none. A
// TxPort gets each frame numbered and stamped. A JobPort is told how many frames to make, and numbers and
// stamps them itself.
#pragma once

#include <concepts>
#include <cstdint>

#include "base/result.h"
#include "wire/frame_template.h"

namespace hopcost::pktgen {

/// Frames of a JobPort are numbered from the job's first sequence on, without a gap, whatever the device does
/// with them afterwards.
struct FrameJob {
  std::uint64_t first_sequence = 0;
  bool stamp = true;  ///< Else the time in each probe is 0; the number is there all the same.
};

/// A port that makes its frames itself, out of reach of the caller: in the kernel.
template <class P>
concept JobPort = std::movable<P> &&
    requires(P p, const P c, const FrameTemplate& t, FrameJob job, std::uint32_t n) {
  // Before a run. May allocate.
  { p.prepare(t, job) } -> std::same_as<Result<void>>;
  // Makes up to n frames back to back and hands them to the device; how many it was. Fewer after a signal.
  { p.make(n) }
  noexcept->std::same_as<std::uint64_t>;
  // Frames made since prepare() that the device is known to have dropped.
  { c.errors() }
  noexcept->std::same_as<std::uint64_t>;
  // The errno that makes the port useless (its device went away), or 0.
  { c.failed() }
  noexcept->std::same_as<int>;
};

}  // namespace hopcost::pktgen
