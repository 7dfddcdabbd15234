// What a host behind ssh is asked with: pure parts of site/.
#include <gtest/gtest.h>

#include <string>

#include "campaign/design/config.h"
#include "campaign/site/push.h"

namespace hopcost::campaign {
namespace {

/// The first 52 bytes of a program: ELF specification, figures 4-3 and 4-4.
std::string elf(char wide, char data, unsigned machine, unsigned flags) {
  std::string header(52, '\0');
  header.replace(0, 4,
                 "\x7f"
                 "ELF");
  header[4] = wide;
  header[5] = data;
  const auto put = [&](std::size_t at, std::size_t size, unsigned value) {
    for (std::size_t i = 0; i < size; ++i)
      header[at + (data == 2 ? size - 1 - i : i)] = static_cast<char>(value >> (8 * i));
  };
  put(18, 2, machine);
  put(36, 4, flags);
  return header;
}

TEST(ArchitectureOf, IsToldByAProgramThatRunsThere) {
  constexpr char kNarrow = 1, kWide = 2, kLittle = 1, kBig = 2;
  EXPECT_EQ(architecture_of(elf(kWide, kLittle, 62, 0)).value_or(""), "x86_64");
  EXPECT_EQ(architecture_of(elf(kWide, kLittle, 183, 0)).value_or(""), "aarch64");
  EXPECT_EQ(architecture_of(elf(kNarrow, kLittle, 40, 0x5000400)).value_or(""), "armhf");
  EXPECT_EQ(architecture_of(elf(kNarrow, kLittle, 40, 0x5000200)).value_or(""), "armel");
  EXPECT_EQ(architecture_of(elf(kNarrow, kBig, 8, 0x70001007)).value_or(""), "mips");
  EXPECT_EQ(architecture_of(elf(kNarrow, kLittle, 8, 0x70001007)).value_or(""), "mipsel");
  EXPECT_EQ(architecture_of(elf(kWide, kLittle, 243, 5)).value_or(""), "riscv64");
  EXPECT_EQ(architecture_of(elf(kWide, kBig, 22, 0)).value_or(""), "s390x");
  EXPECT_FALSE(architecture_of(elf(kWide, kBig, 8, 0))) << "mips64: nothing is built for it";
  EXPECT_FALSE(architecture_of(elf(kNarrow, kLittle, 3, 0)));
  EXPECT_FALSE(architecture_of("#!/bin/bash\n")) << "not an ELF program";
  EXPECT_FALSE(architecture_of(""));
}

Config two_hosts() {
  Config c;
  c.tester = {.host = "tester", .ssh = {}, .nic = "eth1", .folder = {}};
  c.device = {.host = "device", .ssh = {}, .nic = "eth1", .folder = {}};
  return c;
}

std::string fault_of(const Config& config) {
  const auto valid = validate(config);
  return valid ? "" : valid.error().what + " / " + valid.error().hint;
}

TEST(TwoHosts, AreValidatedBeforeAnythingIsStarted) {
  EXPECT_EQ(fault_of(two_hosts()), "");
  Config c = two_hosts();
  c.device.nic.clear();
  EXPECT_NE(fault_of(c).find("--device-nic"), std::string::npos);
  c = two_hosts();
  c.steer = true;
  EXPECT_NE(fault_of(c).find("--steer"), std::string::npos);
  c = two_hosts();
  c.rootless = true;
  EXPECT_NE(fault_of(c).find("--rootless"), std::string::npos);
  c = two_hosts();
  c.device = c.tester;
  EXPECT_NE(fault_of(c).find("does not hear itself"), std::string::npos);
  c = two_hosts();
  c.device.host = "-oProxyCommand=reboot";
  EXPECT_NE(fault_of(c).find("is no host"), std::string::npos) << "ssh would take it for an option";
  c = two_hosts();
  c.modes = {"host", "cni:net.conflist"};
  EXPECT_NE(fault_of(c).find("cni:"), std::string::npos) << "the device would read another file";
  c = two_hosts();
  c.tester.host.clear();
  c.tester.folder = "/opt/hopcost";
  EXPECT_NE(fault_of(c).find("for another host"), std::string::npos);
  c = two_hosts();
  c.device.host = "tester";
  c.device.nic = "eth2";
  c.device.folder = "/opt/hopcost";
  EXPECT_NE(fault_of(c).find("one folder"), std::string::npos);
  c = Config();
  c.tester.nic = "eth1";
  EXPECT_NE(fault_of(c).find("one interface is no wire"), std::string::npos);
}

TEST(TwoHosts, FramesAreDealtInOneOfThreeWays) {
  Config c = two_hosts();
  for (const char* wire : {"auto", "bpf", "macvlan"}) {
    c.device.wire = wire;
    EXPECT_EQ(fault_of(c), "");
  }
  c.device.wire = "pigeon";
  EXPECT_EQ(fault_of(c), "frames can't be dealt by 'pigeon' / there are auto, bpf and macvlan");
  c = Config();
  c.device.wire = "macvlan";
  EXPECT_NE(fault_of(c).find("--device-wire is about the interface"), std::string::npos) << "there is none";
}

TEST(TwoHosts, OneHostReachedOneWayIsOnePlace) {
  Config c = two_hosts();
  EXPECT_FALSE(same_place(c.tester, c.device));
  c.device.host = "tester";
  EXPECT_TRUE(same_place(c.tester, c.device));
  c.device.ssh = {"-p", "2222"};
  EXPECT_FALSE(same_place(c.tester, c.device)) << "another port may be another host";
  EXPECT_TRUE(same_place({}, {}));
}

TEST(TwoHosts, PortsOfOneInterfaceAreAfPacket) {
  EXPECT_EQ(default_backend(Config()), "af_xdp");
  EXPECT_EQ(default_backend(two_hosts()), "af_packet");
  Config attached;
  attached.attach = {"docker:web"};
  EXPECT_EQ(default_backend(attached), "af_packet");
}

}  // namespace
}  // namespace hopcost::campaign
