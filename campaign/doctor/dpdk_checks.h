// What DPDK on a NIC needs of the machine. Reads /proc, /sys and /dev below `root`, so that a test can lay
// out its own; changes nothing. Includes only the doctor's own.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "campaign/doctor/checks.h"

namespace hopcost::campaign {

/// A PCI network device that DPDK could take.
struct PciNic {
  std::string address;                    ///< 0000:03:00.0
  std::string driver;                     ///< Empty: none is bound.
  std::string iommu_group;                ///< Its number; empty without an IOMMU.
  std::vector<std::string> kernel_names;  ///< eth0, ...
};
/// In the order of their addresses. `root` stands for /, in tests.
[[nodiscard]] std::vector<PciNic> pci_nics(const std::filesystem::path& root);

/// Hugepages, IOMMU, vfio-pci, what is bound to it and who may open it. Without a PCI NIC none of it is
/// missed.
void check_dpdk_means(const std::filesystem::path& root, Findings& findings);

}  // namespace hopcost::campaign
