// The AF_XDP backend: the fastest way out through an ordinary kernel driver. It loads an XDP program to
// receive, and to send in zero-copy mode.
#pragma once

#include "pktgen/io/af_xdp/xsk_rx.h"
#include "pktgen/io/af_xdp/xsk_tx.h"
#include "pktgen/io/port.h"

namespace hopcost::pktgen {

/// The backend, as pktgen/io/meson.build lists it.
struct AfXdpBackend {
  static constexpr const char* kName = "af_xdp";
  /// One queue of a port.
  using Open = OpenPort<XskTx, XskRx>;
  /// Opens in the calling thread's namespace; the port goes on working when the thread has left it. While it
  /// receives, it takes all frames of its queue, and the stack gets none.
  [[nodiscard]] static Result<std::vector<Open>> open(const PortOptions& o);
};

}  // namespace hopcost::pktgen
