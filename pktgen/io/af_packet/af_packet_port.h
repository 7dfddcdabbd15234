// The AF_PACKET backend: works on every device and in every namespace, also without root in a user namespace.
#pragma once

#include "pktgen/io/af_packet/rx_ring.h"
#include "pktgen/io/af_packet/tx_ring.h"
#include "pktgen/io/port.h"

namespace hopcost::pktgen {

struct AfPacketBackend {
  static constexpr const char* kName = "af_packet";
  using Open = OpenPort<PacketTx, PacketRx>;
  /// In the calling thread's namespace; the port works on when the thread has left it.
  [[nodiscard]] static Result<Open> open(const PortOptions& o);
};

}  // namespace hopcost::pktgen
