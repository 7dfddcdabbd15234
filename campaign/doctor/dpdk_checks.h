// Checks what DPDK on a NIC needs from the machine. Reads /proc, /sys and /dev below `root`, so that a test
// can lay out its own; changes nothing. Includes only the doctor's own.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "campaign/doctor/checks.h"

namespace hopcost::campaign {

/// A PCI Ethernet device, which DPDK might use.
struct PciNic {
  std::string address;                    ///< 0000:03:00.0
  std::string driver;                     ///< Empty: none is bound.
  std::string iommu_group;                ///< Its number; empty without an IOMMU.
  std::vector<std::string> kernel_names;  ///< eth0, ...
};
/// All such devices, sorted by address. `root` stands for /, in tests.
[[nodiscard]] std::vector<PciNic> pci_nics(const std::filesystem::path& root);

/// Checks hugepages, the IOMMU, vfio-pci, what is bound to it and whether we may open it. Without a PCI NIC,
/// nothing of this is reported as missing.
void check_dpdk_means(const std::filesystem::path& root, Findings& findings);

}  // namespace hopcost::campaign
