#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/netns.h"
#include "nsglue/kernel/files.h"
#include "nsglue/nsglue.h"
#include "stage.h"

namespace hopcost::nsglue {
namespace {

TEST(Settings, HoldWhatMovesLatencyAndChangeOnlyWithIt) {
  NEEDS_NAMESPACES();
  const Topology topology = stage::shipped("bridge");
  const std::string name = stage::instance("set");
  const stage::Cleanup cleanup(name);
  ASSERT_TRUE(up(topology, name));
  const auto first = settings(topology, name);
  ASSERT_TRUE(first) << hopcost::describe(first.error());
  const auto& dut = first->at("nodes").at("dut");
  EXPECT_EQ(dut.at("devices").at("br0").at("options").at("stp_state"), "0");
  EXPECT_EQ(dut.at("devices").at("d0").at("offloads").at("gro"), false);
  EXPECT_EQ(dut.at("devices").at("d0").at("master"), "br0");
  EXPECT_EQ(dut.at("devices").at("d0").at("rps_cpus"), "0");
  EXPECT_EQ(dut.at("sysctls").at("net.ipv4.ip_forward"), "0");
  // Newer kernels would make a veth with a queue per CPU.
  EXPECT_EQ(dut.at("devices").at("d0").at("tx_queues"), 1);
  EXPECT_EQ(dut.at("devices").at("d0").at("rx_queues"), 1);
  EXPECT_EQ(*settings(topology, name), *first);
  {
    auto inside = NetnsScope::enter("hc-" + name + "-dut");
    ASSERT_TRUE(inside);
    ASSERT_TRUE(write_sysctl("net.ipv4.udp_early_demux", "0"));
  }
  EXPECT_NE(*settings(topology, name), *first);
}

TEST(Settings, OfWhatDoesNotStandAreMissing) {
  NEEDS_NAMESPACES();
  const auto none = settings(stage::shipped("host"), stage::instance("none"));
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, Exit::kMissing);
}

}  // namespace
}  // namespace hopcost::nsglue
