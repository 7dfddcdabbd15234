// The ways in which an AF_XDP socket can be opened, and in which order they are tried. Makes no system call.
#pragma once

#include <cerrno>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "pktgen/io/af_xdp/xsk_socket.h"

namespace hopcost::pktgen {

/// The size of a page, and so of the largest chunk.
inline constexpr std::uint32_t kXskPage = 4096;
/// Bytes before each received frame (XDP_PACKET_HEADROOM).
inline constexpr std::uint32_t kXdpHeadroom = 256;

/// One way to open a socket.
struct XskWay {
  XdpMode mode;
  bool multi_buffer;  ///< A frame spans several chunks.
  friend bool operator==(const XskWay&, const XskWay&) = default;
};

/// Bytes that a frame of the MTU needs, with everything before it.
[[nodiscard]] std::uint32_t bytes_for(const XskRequest& r) noexcept;

/// All ways that suit the request, the best one first. A port that sends prefers a better mode to longer
/// frames. A port that receives must be able to take all frames.
[[nodiscard]] std::vector<XskWay> ways_to_try(const XskRequest& r);

/// Tries the ways in turn and gives the first socket that opens, else the last error. `attempt(way)` gives a
/// Result. Another way does not help when the queue is busy. It does not help without the privilege either,
/// but for a sender: only zero-copy needs a program of it.
template <class Attempt>
[[nodiscard]] auto open_first(const XskRequest& r, Attempt&& attempt) {
  decltype(attempt(XskWay{})) last;
  for (const XskWay& way : ways_to_try(r)) {
    last = attempt(way);
    if (last || last.error().err == EBUSY) break;
    if (last.error().code == Exit::kPrivilege && (r.receive || way.mode != XdpMode::kZeroCopy)) break;
  }
  return last;
}

/// Whether a socket of this mode needs an XDP program. One that receives does. One that only sends does in
/// zero-copy mode, because many drivers have the rings only with a program attached (ice, igc, ixgbe, mlx5:
/// their ndo_xsk_wakeup).
[[nodiscard]] constexpr bool needs_program(const XskRequest& r, XdpMode mode) noexcept {
  return r.receive || mode == XdpMode::kZeroCopy;
}

/// The program that was attached, if the socket needs one of its own: a sender is content with a program that
/// is there already (EBUSY). A sender's other failures are warned of, since it may go on without zero-copy.
template <class Program>
[[nodiscard]] Result<std::optional<Program>> program_for(const XskRequest& r, Result<Program> attached) {
  if (attached) return std::optional(std::move(*attached));
  if (r.receive) return forward(attached);
  if (attached.error().err == EBUSY) return std::nullopt;
  log_warn("{}: zero-copy wants an XDP program on the device: {}", r.device, attached.error().what);
  return forward(attached);
}

}  // namespace hopcost::pktgen
