// The AF_PACKET backend: works on every device and in every namespace, also without root in a user namespace.
#pragma once

#include "pktgen/io/af_packet/rx_ring.h"
#include "pktgen/io/af_packet/tx_ring.h"
#include "pktgen/io/port.h"

namespace hopcost::pktgen {

/// The backend, as pktgen/io/meson.build lists it.
struct AfPacketBackend {
  static constexpr const char* kName = "af_packet";
  /// One queue of a port.
  using Open = OpenPort<PacketTx, PacketRx>;
  /// Opens in the calling thread's namespace; the port goes on working when the thread has left it. Each
  /// queue has its own socket. The kernel sends through the device's queue of the CPU it is called on, and
  /// distributes received frames over the sockets by flow.
  [[nodiscard]] static Result<std::vector<Open>> open(const PortOptions& o);
};

}  // namespace hopcost::pktgen
