// A topology that went over the control channel is the one that was sent.
#include "nsglue/control/topology_json.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "nsglue/cni_mode.h"

namespace hopcost::nsglue {
namespace {

// With --steer host would be steered and the container that CNI's plugins join would not.
TEST(TopologyJson, SteeringOfACniModeIsSent) {
  const auto file =
      std::filesystem::path(testing::TempDir()) / ("net" + std::to_string(getpid()) + ".conflist");
  std::ofstream(file) << R"({"cniVersion": "1.0.0", "name": "net", "plugins": [{"type": "bridge"}]})";
  auto topology = cni_topology(std::string(kCniPrefix) + file.string());
  ASSERT_TRUE(topology) << topology.error().what;
  for (Device& d : topology->devices) d.rps_cpus = "2";
  auto back = topology_from_json(topology_to_json(*topology));
  std::filesystem::remove(file);
  ASSERT_TRUE(back) << back.error().what;
  EXPECT_EQ(back->conflist, topology->conflist);
  ASSERT_EQ(back->devices.size(), topology->devices.size());
  for (const Device& d : back->devices) EXPECT_EQ(d.rps_cpus, "2") << d.at.text();
}

}  // namespace
}  // namespace hopcost::nsglue
