// The DPDK backend: any DPDK driver, physical or virtual, named by DPDK's own device arguments.
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
  /// Opens the first spec.queues.size() queues of one DPDK port, in the calling thread's namespace. The port
  /// goes on working when the thread has left that.
  [[nodiscard]] static Result<std::vector<Open>> open(const PortOptions& o);
};

}  // namespace hopcost::pktgen
