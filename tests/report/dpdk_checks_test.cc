// The doctor's look at DPDK's needs, over trees of files laid out here.
#include "campaign/doctor/dpdk_checks.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

namespace hopcost::campaign {
namespace {

using State = Finding::State;
using std::filesystem::path;

class DpdkChecks : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directories(root); }
  void TearDown() override { std::filesystem::remove_all(root); }

  void file(const path& name, const std::string& text) {
    std::filesystem::create_directories((root / name).parent_path());
    std::ofstream(root / name) << text;
  }
  void nic(const std::string& address, const std::string& driver, const std::string& group) {
    const path device = path("sys/bus/pci/devices") / address;
    file(device / "class", "0x020000\n");
    std::filesystem::create_symlink("../../drivers/" + driver, root / device / "driver");
    if (!group.empty()) {
      std::filesystem::create_symlink("../../../kernel/iommu_groups/" + group, root / device / "iommu_group");
      std::filesystem::create_directories(root / "sys/kernel/iommu_groups" / group);
    }
  }
  Finding find(const std::string& item) {
    Findings findings;
    check_dpdk_means(root, findings);
    for (const auto& f : findings)
      if (f.item == item) return f;
    return {"", "", State::kFail, "no such finding: " + item, ""};
  }

  const path root =
      std::filesystem::temp_directory_path() / ("hopcost-dpdk-checks-" + std::to_string(getpid()));
};

TEST_F(DpdkChecks, NothingIsMissedWithoutANic) {
  file("sys/bus/pci/devices/0000:00:01.0/class", "0x010000\n");  // storage
  Findings findings;
  check_dpdk_means(root, findings);
  EXPECT_EQ(findings.size(), 3u);
  for (const auto& f : findings) EXPECT_EQ(f.state, State::kOk) << f.item;
}

TEST_F(DpdkChecks, HugepagesThatAreAllTaken) {
  file("proc/meminfo", "HugePages_Total:     64\nHugePages_Free:        3\n");
  EXPECT_EQ(find("dpdk hugepages").state, State::kOk);
  file("proc/meminfo", "HugePages_Total:     64\nHugePages_Free:        0\n");
  EXPECT_EQ(find("dpdk hugepages").state, State::kWarn);
  EXPECT_NE(find("dpdk hugepages").mend.find("vm.nr_hugepages=192"), std::string::npos);
}

TEST_F(DpdkChecks, ANicWithoutIommuOrVfio) {
  nic("0000:03:00.0", "ixgbe", "");
  std::filesystem::create_directories(root / "sys/bus/pci/devices/0000:03:00.0/net/ens1");
  EXPECT_EQ(find("dpdk IOMMU").state, State::kWarn);
  EXPECT_NE(find("dpdk IOMMU").mend.find("iommu=pt"), std::string::npos);
  EXPECT_EQ(find("dpdk vfio").mend, "sudo modprobe vfio-pci");
  std::filesystem::create_directories(root / "sys/bus/pci/drivers/vfio-pci");
  EXPECT_NE(find("dpdk vfio").found.find("0000:03:00.0 (ens1, ixgbe)"), std::string::npos);
  EXPECT_NE(find("dpdk vfio").mend.find("dpdk-devbind.py"), std::string::npos);
}

TEST_F(DpdkChecks, ABoundNicAndWhoMayOpenIt) {
  nic("0000:03:00.0", "vfio-pci", "17");
  std::filesystem::create_directories(root / "sys/bus/pci/drivers/vfio-pci");
  EXPECT_EQ(find("dpdk IOMMU").state, State::kOk);
  EXPECT_EQ(find("dpdk vfio").state, State::kOk);
  EXPECT_EQ(find("dpdk 0000:03:00.0").state, State::kWarn);
  EXPECT_NE(find("dpdk 0000:03:00.0").mend.find("/dev/vfio/17"), std::string::npos);
  file("dev/vfio/17", "");
  EXPECT_EQ(find("dpdk 0000:03:00.0").state, State::kOk);
}

}  // namespace
}  // namespace hopcost::campaign
