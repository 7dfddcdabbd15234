// A run's modes as their files say, without asking what this machine can do.
#include "campaign/bench/modes.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace hopcost::campaign {
namespace {

double rate_of(const std::vector<std::string>& modes, Config config = {}) {
  config.modes = modes;
  config.topologies = std::getenv("HOPCOST_TOPOLOGIES");
  const auto read = read_modes(config);
  EXPECT_TRUE(read) << describe(read.error());
  return read ? usual_rate(config, *read) : 0;
}

TEST(UsualRate, KeepsAPathWarmThatTheSenderWalksItself) {
  EXPECT_EQ(rate_of(Config().modes), 100'000);
  EXPECT_EQ(rate_of({"bridge-nat", "vxlan", "bridge-8"}), 100'000);
}

TEST(UsualRate, IsLowWherePacketsWaitForAnother) {
  for (const char* slow : {"ovs", "vm", "wireguard"}) EXPECT_EQ(rate_of({"bridge", slow}), 20'000) << slow;
}

TEST(UsualRate, IsLowWhereNobodyKnowsTheDevice) {
  Config two_hosts;
  two_hosts.tester.nic = two_hosts.device.nic = "eth1";
  EXPECT_EQ(rate_of(Config().modes, two_hosts), 20'000);
  Config attached;
  attached.attach = {"docker:web"};
  EXPECT_EQ(usual_rate(attached, {}), 20'000);
}

}  // namespace
}  // namespace hopcost::campaign
