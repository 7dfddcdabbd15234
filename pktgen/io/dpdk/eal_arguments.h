// What DPDK's environment (EAL) is started with. Pure; includes only base/.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace hopcost::pktgen {

/// The environment is started once in a process: the first port decides.
struct EalRequest {
  std::uint32_t hugepages_mib = 0;  ///< 0: ordinary pages.
  std::string pci;                  ///< The one PCI device DPDK may look at; empty: none.
  std::vector<int> cpus;            ///< Its own thread's; not the sender's.
};

/// MiB of ordinary memory reserved as address space; what is not used is never backed by a page. Some 24
/// ports.
inline constexpr std::uint32_t kOrdinaryMib = 1024;

/// The command line of rte_eal_init(), program name first. Without a PCI device it always holds --no-pci, so
/// that no NIC of this machine is so much as looked at.
[[nodiscard]] std::vector<std::string> eal_arguments(const EalRequest& r);

}  // namespace hopcost::pktgen
