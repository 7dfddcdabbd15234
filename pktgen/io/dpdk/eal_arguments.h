// The arguments that DPDK's environment (EAL) is started with. Pure; includes only base/.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace hopcost::pktgen {

/// The environment is started once in a process, so the first port decides.
struct EalRequest {
  std::uint32_t hugepages_mib = 0;  ///< 0: ordinary pages.
  std::string pci;                  ///< The one PCI device DPDK may look at; empty: none.
  std::vector<int> cpus;            ///< For the environment's own thread; not the sender's CPU.
};

/// Address space reserved for ordinary memory, MiB. Enough for some 24 ports; unused parts take no memory.
inline constexpr std::uint32_t kOrdinaryMib = 1024;

/// The command line of rte_eal_init(), program name first. Without a PCI device it always has --no-pci, so
/// that DPDK looks at no NIC of this machine.
[[nodiscard]] std::vector<std::string> eal_arguments(const EalRequest& r);

}  // namespace hopcost::pktgen
