// The xdp backend: whole jobs of frames made in the kernel. The highest rates an ordinary kernel gives; sends
// alone.
#pragma once

#include "pktgen/io/null/null_port.h"
#include "pktgen/io/port.h"
#include "pktgen/io/xdp/xdp_tx.h"

namespace hopcost::pktgen {

/// The backend, as pktgen/io/meson.build lists it.
struct XdpBackend {
  static constexpr const char* kName = "xdp";
  /// One worker of a port.
  using Open = OpenPort<XdpTx, NullRx>;
  /// In the calling thread's namespace; one worker for each queue. The kernel makes the frames, and sends
  /// them through the device's queue of the CPU it is called on. The port works on when the thread has left
  /// the namespace, as long as it keeps CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON: each run loads its own
  /// program.
  [[nodiscard]] static Result<std::vector<Open>> open(const PortOptions& o);
};

}  // namespace hopcost::pktgen
