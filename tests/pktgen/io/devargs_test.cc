#include "pktgen/io/devargs.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

namespace hopcost::pktgen {
namespace {

using Words = std::vector<std::string>;

std::vector<std::string> devices(const char* spec, const std::string& sysfs = "/nowhere") {
  return kernel_devices(parse_port_spec(spec).value(), sysfs);
}

TEST(Devargs, WordsAreCutAtEverythingThatSeparates) {
  EXPECT_EQ(devargs_words("net_failsafe,dev(net_tap,remote=eth0),mac="),
            (Words{"net_failsafe", "dev", "net_tap", "remote", "eth0", "mac"}));
  EXPECT_EQ(devargs_words(""), Words{});
}

TEST(Devargs, PciAddresses) {
  EXPECT_EQ(pci_address("0000:03:00.0"), "0000:03:00.0");
  EXPECT_EQ(pci_address("af:1C.7"), "0000:af:1c.7");
  for (const char* text : {"", "net_null", "03:00", "03:00.8", "0000:03:00.0,x=1", "00:03:00.0"})
    EXPECT_EQ(pci_address(text), "") << text;
}

TEST(Devargs, EveryDeviceThatIsThereIsFound) {
  EXPECT_EQ(devices("af_packet:t0"), Words{"t0"});
  EXPECT_EQ(devices("null"), Words{});
  EXPECT_EQ(devices("dpdk:net_null"), Words{});
  EXPECT_EQ(devices("dpdk:net_af_xdp,iface=lo,queue_count=1"), Words{"lo"});
  EXPECT_EQ(devices("dpdk:net_tap0,iface=dtap0,remote=lo"), Words{"lo"});
}

TEST(Devargs, APciDeviceStandsForItsKernelDevices) {
  const auto top = std::filesystem::temp_directory_path() / ("hopcost-sysfs-" + std::to_string(getpid()));
  for (const char* net : {"ens1", "ens1d1"})
    std::filesystem::create_directories(top / "bus/pci/devices/0000:03:00.0/net" / net);
  auto found = devices("dpdk:03:00.0,mprq_en=1", top);
  std::sort(found.begin(), found.end());
  EXPECT_EQ(found, (Words{"ens1", "ens1d1"}));
  EXPECT_EQ(devices("dpdk:04:00.0", top), Words{});
  std::filesystem::remove_all(top);
}

TEST(Devargs, TheDeviceUnderneathIsOneThatMustBeThere) {
  EXPECT_EQ(underlying_device("net_af_xdp3,iface=veth0,start_queue=1"), "veth0");
  EXPECT_EQ(underlying_device("net_pcap,iface=veth0"), "veth0");
  EXPECT_EQ(underlying_device("net_tap,iface=new0"), "");  // which makes it
  EXPECT_EQ(underlying_device("net_null"), "");
}

}  // namespace
}  // namespace hopcost::pktgen
