// The AF_XDP backend: the fastest way out through an ordinary kernel driver. An XDP program is
// loaded when it receives, or sends in zero-copy mode.
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
  /// In the calling thread's namespace; the port works on when the thread has left it. While it receives, all
  /// frames of its queue come here and none to the stack.
  [[nodiscard]] static Result<std::vector<Open>> open(const PortOptions& o);
};

}  // namespace hopcost::pktgen
