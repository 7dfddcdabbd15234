// The DPDK backend: any of its drivers, physical or virtual, by DPDK's own device arguments.
#pragma once

#include "pktgen/io/dpdk/dpdk_rx.h"
#include "pktgen/io/dpdk/dpdk_tx.h"
#include "pktgen/io/port.h"

namespace hopcost::pktgen {

/// The backend, as pktgen/io/meson.build lists it.
struct DpdkBackend {
  static constexpr const char* kName = "dpdk";
  /// One queue of a port.
  using Open = OpenPort<DpdkTx, DpdkRx>;
  /// A queue each of one port of DPDK's: they are its first ones, 0 and on. In the calling thread's
  /// namespace; the port works on when the thread has left it.
  [[nodiscard]] static Result<std::vector<Open>> open(const PortOptions& o);
};

}  // namespace hopcost::pktgen
