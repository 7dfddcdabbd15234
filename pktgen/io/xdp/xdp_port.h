// The xdp backend: the kernel makes many frames at a call. It reaches the highest rates of an ordinary
// kernel; it only sends.
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
  /// Opens in the calling thread's namespace, one worker for each queue. The kernel sends the frames through
  /// the device's queue of the CPU it is called on. The port goes on working when the thread has left the
  /// namespace, as long as the thread keeps CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON, because each run loads
  /// its own program.
  [[nodiscard]] static Result<std::vector<Open>> open(const PortOptions& o);
};

}  // namespace hopcost::pktgen
