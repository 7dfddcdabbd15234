#include "campaign/config.h"

#include <gtest/gtest.h>

#include <fstream>

namespace hopcost::campaign {
namespace {

Result<Config> read(const std::string& text) {
  const std::string path = testing::TempDir() + "campaign.toml";
  std::ofstream(path) << text;
  Config config;
  if (auto r = read_campaign(path, config); !r) return forward(r);
  return config;
}

TEST(Config, AFileSetsEverything) {
  const auto c = read(R"(
modes = ["host", "bridge"]
backend = "af_packet"
budget = "2min"
slot_ms = 50
seed = 7
[load]
rate = "5kpps"
size = 128
gap = "poisson"
[gates]
max_void_share = 0.1
)");
  ASSERT_TRUE(c) << c.error().what;
  EXPECT_EQ(c->modes, (std::vector<std::string>{"host", "bridge"}));
  EXPECT_EQ(c->budget_s, 120);
  EXPECT_EQ(c->load.rate_pps, 5000);
  EXPECT_EQ(c->load.size, 128u);
  EXPECT_EQ(c->gates.max_void_share, 0.1);
  EXPECT_EQ(slot_packets(*c), 250u);
}

TEST(Config, FaultsPointAtLineAndColumn) {
  for (const auto& [text, place] : {std::pair{"modes = [1]\n", ":1:10:"},
                                    {"\nslot_ms = 'x'\n", ":2:11:"},
                                    {"[load]\nrate = \"fast\"\n", ":2:8:"},
                                    {"[load]\nrate = \"10Mbit\"\n", ":2:8:"},
                                    {"budget = \"1 s\"\n", ":1:10:"},
                                    {"[load]\nspeed = 1\n", ":2:1:"},
                                    {"modes = [\n", ":1:"}}) {
    const auto c = read(text);
    ASSERT_FALSE(c) << text;
    EXPECT_EQ(c.error().code, Exit::kUsage);
    EXPECT_NE(c.error().what.find(place), std::string::npos) << c.error().what;
  }
}

TEST(Config, ValidateRefusesWhatCanNotBeMeasured) {
  EXPECT_TRUE(validate(Config{}));
  const auto refused = [](auto&& change) {
    Config c;
    change(c);
    const auto r = validate(c);
    return !r && r.error().code == Exit::kUsage && !r.error().hint.empty();
  };
  EXPECT_TRUE(refused([](Config& c) { c.load.rate_pps = 0; }));
  EXPECT_TRUE(refused([](Config& c) { c.load.rate_pps = -1; }));
  EXPECT_TRUE(refused([](Config& c) { c.load.size = 63; }));
  EXPECT_TRUE(refused([](Config& c) { c.load.size = 1519; }));
  EXPECT_TRUE(refused([](Config& c) { c.load.burst = 0; }));
  EXPECT_TRUE(refused([](Config& c) { c.load.gap = "x"; }));
  EXPECT_TRUE(refused([](Config& c) { c.backend = "dpdk2"; }));
  EXPECT_TRUE(refused([](Config& c) { c.modes.clear(); }));
  EXPECT_TRUE(refused([](Config& c) { c.modes = {"host", "host"}; }));
  EXPECT_TRUE(refused([](Config& c) { c.twin_of = "vlan"; }));
  EXPECT_TRUE(refused([](Config& c) { c.budget_s = 0; }));
  EXPECT_TRUE(refused([](Config& c) { c.load.rate_pps = 10; }));
}

}  // namespace
}  // namespace hopcost::campaign
