// Loads' files and what is asked of them: cases, commands, faults.
#include "campaign/loads/load_case.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "campaign/loads/measure_loads.h"

namespace hopcost::campaign {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr const char* kTool = R"(
name = "t"
summary = "a tool"
kind = "tool"
quantum_s = 2
port = 77
server = ["serve", "--port", "{port}"]
client = ["ask", "{address}", "-l{size}", "{way}"]
[parameters]
size = [64, 1024]
way = ["up", "down"]
[words.way]
up = ""
down = "--reverse --twice"
[[figure]]
name = "speed"
unit = "x/s"
better = "higher"
pointer = "/speed"
)";

class LoadFiles : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (fs::temp_directory_path() / "hopcost-loads-XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { fs::remove_all(folder_); }
  Result<std::vector<LoadCase>> read(const std::string& text, const std::string& ask = "t") {
    std::ofstream(folder_ / "t.toml") << text;
    auto parsed = parse_load_ask(ask);
    if (!parsed) return forward(parsed);
    return read_cases(*parsed, folder_);
  }
  fs::path folder_;
};

TEST_F(LoadFiles, EveryCombinationIsACase) {
  const auto cases = read(kTool);
  ASSERT_TRUE(cases) << describe(cases.error());
  ASSERT_EQ(cases->size(), 4u);
  EXPECT_EQ((*cases)[0].name(), "t size=64 way=up");
  EXPECT_EQ((*cases)[3].name(), "t size=1024 way=down");
  EXPECT_EQ((*cases)[0].client["command"], (json{"ask", "{address}", "-l64"}));
  EXPECT_EQ((*cases)[3].client["command"], (json{"ask", "{address}", "-l1024", "--reverse", "--twice"}));
  EXPECT_EQ((*cases)[3].server["command"], (json{"serve", "--port", "{port}"}))
      << "filled in where it is started";
  EXPECT_EQ((*cases)[3].port, 77);
  EXPECT_EQ((*cases)[3].quantum_s, 2);
  EXPECT_EQ((*cases)[0].programs, (std::vector<std::string>{"ask", "serve"}));
}

TEST_F(LoadFiles, WhatKnowsIPv4AloneSaysSo) {
  const auto cases = read("no_ipv6 = 'none'" + std::string(kTool));
  ASSERT_TRUE(cases) << describe(cases.error());
  EXPECT_EQ(cases->front().no_ipv6, "none");
  EXPECT_EQ(read(kTool)->front().no_ipv6, "");
}

TEST_F(LoadFiles, WhatInstallsItsProgramsIsKnown) {
  EXPECT_EQ(read("install = 'apt-get install x'" + std::string(kTool))->front().install, "apt-get install x");
  EXPECT_EQ(read(kTool)->front().install, "");
}

TEST_F(LoadFiles, AskedParametersReplaceTheFiles) {
  const auto cases = read(kTool, "t:size=9+10,way=up");
  ASSERT_TRUE(cases) << describe(cases.error());
  ASSERT_EQ(cases->size(), 2u);
  EXPECT_EQ((*cases)[1].name(), "t size=10 way=up");
}

TEST_F(LoadFiles, FaultsAreNamed) {
  const auto says = [&](const std::string& text, const std::string& ask, const std::string& words) {
    const auto cases = read(text, ask);
    ASSERT_FALSE(cases) << ask;
    EXPECT_NE(describe(cases.error()).find(words), std::string::npos) << describe(cases.error());
  };
  says(kTool, "t:speed=1", "there are size, way");
  says(kTool, "t:size", "is no parameter");
  says(kTool, ":size=1", "names no load");
  says(kTool, "u", "there is no load 'u'");
  says(std::string(kTool) + "bettre = 'x'\n", "t", "bettre");
  says("name = 't'\nkind = 'tool'\nclient = ['x']\n", "t", "[[figure]]");
  says("name = 't'\nkind = 'magic'\n", "t", "there are rr, coap, capacity, packets and tool");
  says("name = 't'\nkind = 'rr'\n[parameters]\nsize = '12'\n", "t", "REQUEST/RESPONSE");
  says("name = 't'\nkind = 'rr'\n[parameters]\nrate = 'x'\n", "t", "no number");
  says("name = 't'\nkind = 'rr'\n[parameters]\nfrom = 'behind'\n", "t", "tester and container");
  says("name = 't'\nkind = 'rr'\n[parameters]\nsise = '1/1'\n", "t", "no parameter 'sise'");
  const std::string coap = "name = 't'\nkind = 'coap'\n";
  says(coap, "t", "coap needs a server");
  says(coap + "server = ['s']\n[parameters]\nmethod = 'post'\n", "t", "there are put and get");
  says(coap + "server = ['s']\n[parameters]\nintegers = 1.5\n", "t", "whole number");
  says("name = 't'\nkind = 'capacity'\n[parameters]\nsize = 12\n", "t", "12 is no size of these frames");
}

TEST_F(LoadFiles, RequestsThatCannotBeNumberedAreRefusedBeforeAnythingIsBuilt) {
  const std::string file =
      "name = 't'\nkind = 'rr'\n[parameters]\nprotocol = 'udp'\nsize = '1/1'\nrate = 0\n";
  EXPECT_TRUE(read(file)) << "each waits for its answer";
  EXPECT_TRUE(read(file, "t:rate=1000,size=8/8"));
  EXPECT_TRUE(read(file, "t:rate=1000,protocol=tcp"));
  for (const char* ask : {"t:rate=1000", "t:rate=1000,size=8/7", "t:rate=0+1000,size=7/8"}) {
    const auto cases = read(file, ask);
    ASSERT_FALSE(cases) << ask;
    EXPECT_EQ(cases.error().code, Exit::kUsage);
    EXPECT_NE(describe(cases.error()).find("size=8/8 or more"), std::string::npos) << describe(cases.error());
  }
}

TEST_F(LoadFiles, ContainersAreAParameterOfEveryLoad) {
  const auto cases = read(kTool, "t:size=64,way=up,containers=1+4");
  ASSERT_TRUE(cases) << describe(cases.error());
  ASSERT_EQ(cases->size(), 2u);
  EXPECT_EQ((*cases)[0].containers, 1u);
  EXPECT_EQ((*cases)[1].containers, 4u);
  EXPECT_EQ((*cases)[1].name(), "t containers=4 size=64 way=up");
  EXPECT_EQ((*cases)[1].client["command"], (*cases)[0].client["command"]);
  for (const char* bad : {"t:containers=0", "t:containers=257", "t:containers=1.5", "t:containers=two"})
    EXPECT_FALSE(read(kTool, bad)) << bad;
  EXPECT_FALSE(read("name = 't'\nkind = 'capacity'\n", "t:containers=2"));
}

TEST_F(LoadFiles, CoapIsOurClientAndAServerOfOthers) {
  const auto cases = read(
      "name = 't'\nkind = 'coap'\nport = 5683\nserver = ['serve', '{port}']\n"
      "[parameters]\nmethod = ['put', 'get']\nintegers = 1000\nack_timeout = '0.5'\n");
  ASSERT_TRUE(cases) << describe(cases.error());
  ASSERT_EQ(cases->size(), 2u);
  EXPECT_EQ((*cases)[1].client,
            (json{{"kind", "coap"}, {"method", "get"}, {"integers", 1000}, {"ack_timeout_s", 0.5}}));
  EXPECT_EQ((*cases)[1].server, (json{{"kind", "tool"}, {"command", {"serve", "{port}"}}}));
  EXPECT_EQ((*cases)[1].programs, std::vector<std::string>{"serve"});
}

TEST(ShippedLoads, AllCanBeRead) {
  const char* const folder = std::getenv("HOPCOST_LOADS");
  ASSERT_NE(folder, nullptr);
  std::size_t files = 0;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const auto cases = read_cases({entry.path().stem(), {}}, folder);
    ASSERT_TRUE(cases) << describe(cases.error());
    EXPECT_EQ(cases->front().load, entry.path().stem()) << "a load is called as its file is";
    EXPECT_FALSE(cases->front().summary.empty());
    EXPECT_EQ(cases->front().install.empty(), cases->front().programs.empty()) << cases->front().load;
    ++files;
  }
  EXPECT_GE(files, 4u);
}

TEST(Quanta, GoThroughTheLanesAndBack) {
  Random draw(7);
  std::set<std::vector<std::size_t>> orders;
  for (int i = 0; i < 20; ++i) {
    const auto order = mirrored_order(5, draw);
    ASSERT_EQ(order.size(), 10u);
    EXPECT_EQ(std::vector(order.rbegin(), order.rend()), order);
    EXPECT_EQ(std::set(order.begin(), order.end()).size(), 5u);
    orders.insert(order);
  }
  EXPECT_GT(orders.size(), 10u) << "each build draws its own";
}

}  // namespace
}  // namespace hopcost::campaign
