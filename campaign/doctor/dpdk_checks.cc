#include "campaign/doctor/dpdk_checks.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "campaign/doctor/proc_text.h"

namespace hopcost::campaign {
namespace {

using State = Finding::State;
using std::filesystem::path;
/// The names in a folder, sorted; none when it does not exist.
std::vector<std::string> names_in(const path& folder) {
  std::vector<std::string> names;
  std::error_code failed;
  for (std::filesystem::directory_iterator at(folder, failed), end; !failed && at != end;
       at.increment(failed))
    names.push_back(at->path().filename());
  std::ranges::sort(names);
  return names;
}

/// The last component of a symbolic link's target; empty when there is no link.
std::string target_name(const path& link) {
  std::error_code failed;
  const auto target = std::filesystem::read_symlink(link, failed);
  return failed ? "" : target.filename().string();
}

void check_hugepages(const path& root, Findings& findings) {
  const std::string meminfo = read_small(root / "proc/meminfo");
  const auto total = meminfo_field(meminfo, "HugePages_Total").value_or(0);
  const auto free = meminfo_field(meminfo, "HugePages_Free").value_or(0);
  if (total == 0) {
    findings.push_back(
        {area::kBackends,
         "dpdk hugepages",
         State::kOk,
         "none: dpdk runs on ordinary pages; for 256 MiB: sudo sysctl -w vm.nr_hugepages=128, and "
         "dpdk:DEVICE@,hugepages=128",
         {}});
    return;
  }
  findings.push_back({area::kBackends, "dpdk hugepages", free > 0 ? State::kOk : State::kWarn,
                      fmt::format("{} of {} are free", free, total),
                      free > 0 ? "" : fmt::format("sudo sysctl -w vm.nr_hugepages={}", total + 128)});
}

void check_iommu(const path& root, bool wanted, Findings& findings) {
  if (const auto groups = names_in(root / "sys/kernel/iommu_groups"); !groups.empty()) {
    findings.push_back(
        {area::kBackends, "dpdk IOMMU", State::kOk, fmt::format("on, {} groups", groups.size()), {}});
    return;
  }
  findings.push_back(
      {area::kBackends, "dpdk IOMMU", wanted ? State::kWarn : State::kOk,
       "none: vfio works without its protection alone",
       wanted ? "boot with intel_iommu=on iommu=pt (AMD: iommu=pt); or, unprotected: echo 1 | sudo tee "
                "/sys/module/vfio/parameters/enable_unsafe_noiommu_mode"
              : ""});
}

/// "0000:03:00.0 (eth1, ixgbe)"
std::string described(const PciNic& nic) {
  std::string names;
  for (const auto& name : nic.kernel_names) names += name + ", ";
  return fmt::format("{} ({}{})", nic.address, names, nic.driver.empty() ? "no driver" : nic.driver);
}

void check_vfio(const path& root, const std::vector<PciNic>& nics, Findings& findings) {
  if (nics.empty()) {
    findings.push_back(
        {area::kBackends, "dpdk vfio", State::kOk, "no PCI NIC here; virtual devices need none of it", {}});
    return;
  }
  if (!std::filesystem::exists(root / "sys/bus/pci/drivers/vfio-pci")) {
    findings.push_back(
        {area::kBackends, "dpdk vfio", State::kWarn, "vfio-pci is not loaded", "sudo modprobe vfio-pci"});
    return;
  }
  std::string others;
  bool bound = false;
  for (const auto& nic : nics) {
    bound = bound || nic.driver == "vfio-pci";
    if (nic.driver != "vfio-pci") others += (others.empty() ? "" : ", ") + described(nic);
  }
  findings.push_back(
      {area::kBackends, "dpdk vfio", bound ? State::kOk : State::kWarn,
       bound ? "a NIC is bound to vfio-pci" : "no NIC is bound to vfio-pci; there are " + others,
       bound ? ""
             : "sudo dpdk-devbind.py -b vfio-pci ADDRESS (apt install dpdk; never the NIC that "
               "carries your own connection)"});
}

void check_access(const path& root, const std::vector<PciNic>& nics, Findings& findings) {
  for (const auto& nic : nics) {
    if (nic.driver != "vfio-pci") continue;
    const path node = root / "dev/vfio" / (nic.iommu_group.empty() ? "noiommu-0" : nic.iommu_group);
    const bool open = ::access(node.c_str(), R_OK | W_OK) == 0;
    const std::string shown = "/" + node.lexically_relative(root).string();
    findings.push_back({area::kBackends, "dpdk " + nic.address, open ? State::kOk : State::kWarn,
                        shown + (open ? " can be opened" : " can't be opened"),
                        open ? "" : fmt::format("sudo chown $USER {}, or run with sudo", shown)});
  }
}

}  // namespace

std::vector<PciNic> pci_nics(const path& root) {
  std::vector<PciNic> nics;
  const path devices = root / "sys/bus/pci/devices";
  for (const auto& address : names_in(devices)) {
    const path device = devices / address;
    if (!read_small(device / "class").starts_with("0x0200"))
      continue;  // Ethernet controller (PCI code and ID list)
    nics.push_back({.address = address,
                    .driver = target_name(device / "driver"),
                    .iommu_group = target_name(device / "iommu_group"),
                    .kernel_names = names_in(device / "net")});
  }
  return nics;
}

void check_dpdk_means(const path& root, Findings& findings) {
  const auto nics = pci_nics(root);
  check_hugepages(root, findings);
  check_iommu(root, !nics.empty(), findings);
  check_vfio(root, nics, findings);
  check_access(root, nics, findings);
}

}  // namespace hopcost::campaign
