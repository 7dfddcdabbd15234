// A fleet's parts without any host: the inventory, whose turn it is, what came of a host, and what is made
// for Kubernetes.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "campaign/fleet/inventory.h"
#include "campaign/fleet/kubernetes.h"
#include "campaign/fleet/schedule.h"

namespace hopcost::campaign {
namespace {

using nlohmann::json;
using Words = std::vector<std::string>;

/// As `ansible-inventory --list` prints it.
json inventory() {
  return json::parse(R"({
    "_meta": {"hostvars": {
      "a": {"ansible_host": "192.0.2.1", "ansible_port": 2222, "ansible_user": "root", "hopcost_tester": "t",
            "hopcost_nic": "eth1", "hopcost_tester_nic": "eth5", "hopcost_folder": "/opt/a",
            "ansible_ssh_private_key_file": "~/k", "ansible_ssh_common_args": "-o 'A b' -J jump"},
      "b": {"hopcost_tester": "t", "hopcost_nic": "eth1", "hopcost_tester_nic": "eth6"},
      "c": {"ansible_connection": "local"},
      "d": {"ansible_host": "{{ lookup }}"},
      "w": {"ansible_connection": "winrm"},
      "t": {"ansible_user": "gen", "hopcost_folder": "/opt/t"}}},
    "all": {"children": ["ungrouped", "devices", "east"]},
    "devices": {"hosts": ["a", "b", "c"], "children": ["odd"]},
    "odd": {"hosts": ["d", "w", "plain"]},
    "east": {"hosts": ["a", "t"], "children": ["east"]}})");
}

std::vector<FleetHost> hosts_of(const std::string& limit = "", const Config& campaign = {}) {
  auto hosts = fleet_hosts(inventory(), campaign, limit);
  EXPECT_TRUE(hosts) << describe(hosts.error());
  return hosts ? *hosts : std::vector<FleetHost>();
}

Words names_of(const std::vector<FleetHost>& hosts) {
  Words names;
  for (const FleetHost& h : hosts) names.push_back(h.name);
  return names;
}

TEST(FleetInventory, VariablesSayHowAHostIsReached) {
  const FleetHost a = hosts_of().front();
  EXPECT_EQ(a.fault, "");
  EXPECT_EQ(a.groups, (Words{"devices", "east"}));
  EXPECT_EQ(a.device.host, "root@192.0.2.1");
  EXPECT_EQ(a.device.ssh, (Words{"-p", "2222", "-i", "~/k", "-o", "A b", "-J", "jump"}));
  EXPECT_EQ(a.device.nic, "eth1");
  EXPECT_EQ(a.device.folder, "/opt/a");
  EXPECT_EQ(a.tester.host, "gen@t");
  EXPECT_EQ(a.tester.nic, "eth5");
  EXPECT_EQ(a.tester.folder, "/opt/t");
}

TEST(FleetInventory, AHostWithoutTesterAndInterfaceIsBothEnds) {
  for (const FleetHost& h : hosts_of("plain,c")) {
    EXPECT_EQ(h.tester.host, h.device.host);
    EXPECT_EQ(h.device.host, h.name == "c" ? "" : "plain");
    EXPECT_TRUE(same_place(h.tester, h.device));
  }
}

TEST(FleetInventory, TheCampaignSaysWhatTheInventoryLeavesOpen) {
  Config campaign;
  campaign.tester = {"gen9", {"-v"}, "eth9", "/t"};
  campaign.device = {"", {}, "eth2", "/d", "macvlan"};
  const FleetHost plain = hosts_of("plain", campaign).front();
  EXPECT_EQ(plain.tester.host, "gen9");
  EXPECT_EQ(plain.tester.ssh, Words{"-v"});
  EXPECT_EQ(plain.tester.nic, "eth9");
  EXPECT_EQ(plain.device.nic, "eth2");
  EXPECT_EQ(plain.device.folder, "/d");
  EXPECT_EQ(plain.device.wire, "macvlan");
  EXPECT_EQ(hosts_of("a", campaign).front().device.nic, "eth1");
}

TEST(FleetInventory, TestersAreNoDevicesUnlessNamed) {
  EXPECT_EQ(names_of(hosts_of()), (Words{"a", "b", "c", "d", "w", "plain"}));
  EXPECT_EQ(names_of(hosts_of("t")), Words{"t"});
}

TEST(FleetInventory, LimitsAreNamesGroupsAndPatterns) {
  EXPECT_EQ(names_of(hosts_of("odd,!w")), (Words{"d", "plain"}));
  EXPECT_EQ(names_of(hosts_of("east")), Words{"a"});
  EXPECT_EQ(names_of(hosts_of("pl*")), Words{"plain"});
  EXPECT_EQ(names_of(hosts_of("!odd")), (Words{"a", "b", "c"}));
  const auto none = fleet_hosts(inventory(), {}, "devces");
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, Exit::kUsage);
  EXPECT_NE(none.error().what.find("devces"), std::string::npos);
}

TEST(FleetInventory, WhatCanNotBeReachedIsAFaultOfThatHostAlone) {
  EXPECT_NE(hosts_of("d").front().fault.find("ansible_host is a template"), std::string::npos);
  EXPECT_NE(hosts_of("w").front().fault.find("winrm"), std::string::npos);
  EXPECT_EQ(hosts_of("b").front().fault, "");
}

TEST(FleetInventory, AnythingElseIsNoInventory) {
  for (const char* text : {"{}", R"({"_meta": []})", R"({"all": {"hosts": [1, null]}})", R"({"g": 3})"}) {
    const auto hosts = fleet_hosts(json::parse(text), {}, "");
    ASSERT_FALSE(hosts) << text;
    EXPECT_EQ(hosts.error().code, Exit::kMissing);
  }
}

TEST(FleetInventory, WordsAsAShellHasThem) {
  EXPECT_EQ(*words_of_shell(R"(-o "a \"b\\" 'c "d' e\ f"g" "" )"),
            (Words{"-o", R"(a "b\)", R"(c "d)", "e fg", ""}));
  EXPECT_TRUE(words_of_shell("  ")->empty());
  EXPECT_FALSE(words_of_shell("-o 'a"));
}

FleetHost pair_of(const std::string& tester, const std::string& device) {
  return {device, {}, {tester, {}, "eth1", {}}, {device, {}, "eth1", {}}, tester, {}};
}

TEST(FleetSchedule, NeverTwoRunsOnOneMachine) {
  const std::vector<FleetHost> hosts = {pair_of("t1", "a"), pair_of("t1", "b"), pair_of("t2", "c"),
                                        pair_of("", "d"),   pair_of("", "e"),   pair_of("a", "f")};
  EXPECT_EQ(next_host(hosts, {1, 2}, {0}), 2u);
  EXPECT_EQ(next_host(hosts, {1}, {0}), std::nullopt);
  EXPECT_EQ(next_host(hosts, {4}, {3}), std::nullopt) << "both are sent to from this machine";
  EXPECT_EQ(next_host(hosts, {5}, {0}), std::nullopt) << "a device at work is no tester";
  EXPECT_EQ(next_host(hosts, {0}, {}), 0u);
}

TEST(FleetSchedule, WhoseTesterHasMostToDoIsFirst) {
  const std::vector<FleetHost> hosts = {pair_of("t2", "c"), pair_of("t1", "a"), pair_of("t1", "b")};
  EXPECT_EQ(next_host(hosts, {0, 1, 2}, {}), 1u);
  EXPECT_EQ(next_host(hosts, {0, 2}, {1}), 0u);
}

/// With hosts of one machine each, so many at once: the whole takes as long as its longest.
TEST(FleetSchedule, HostsOfOneMachineDoNotWaitForEachOther) {
  std::vector<FleetHost> hosts;
  for (const char* name : {"a", "b", "c"})
    hosts.push_back({name, {}, {name, {}, {}, {}}, {name, {}, {}, {}}, {}, {}});
  EXPECT_EQ(next_host(hosts, {1, 2}, {0}), 1u);
  EXPECT_EQ(next_host(hosts, {2}, {0, 1}), 2u);
}

class FleetFolder : public testing::Test {
 protected:
  void SetUp() override {
    root_ = std::filesystem::temp_directory_path() / ("fleet" + std::to_string(getpid()));
    std::filesystem::create_directories(folder().result());
  }
  void TearDown() override { std::filesystem::remove_all(root_); }
  [[nodiscard]] HostFolder folder() const { return folder_of(root_, "a"); }
  static void write(const std::filesystem::path& file, const std::string& text) {
    std::ofstream(file) << text;
  }

  std::filesystem::path root_;
};

TEST_F(FleetFolder, SaysWhatCameOfAHost) {
  EXPECT_EQ(read_outcome(folder()).state, "waiting");
  write(folder().log(),
        "hopcost: warning: x\nhopcost: error: connect to a: no\n  ssh a has to work\nhopcost: bye\n");
  EXPECT_EQ(read_outcome(folder()).state, "failed");
  EXPECT_EQ(read_outcome(folder()).reason, "connect to a: no; ssh a has to work");
  write(folder().result() / "result.json", "{");
  EXPECT_EQ(read_outcome(folder()).state, "failed");
  json result = {{"schema", "hopcost.result/2"},
                 {"modes", json::array()},
                 {"complete", false},
                 {"partial_reason", "cut"}};
  write(folder().result() / "result.json", result.dump());
  EXPECT_EQ(read_outcome(folder()).state, "partial");
  EXPECT_EQ(read_outcome(folder()).reason, "cut");
  result["complete"] = true;
  result["verdict"] = {{"fit", false}, {"reasons", {"stamps", "gates"}}};
  write(folder().result() / "result.json", result.dump());
  EXPECT_EQ(read_outcome(folder()).state, "unfit");
  EXPECT_EQ(read_outcome(folder()).reason, "stamps; gates");
  result["verdict"]["fit"] = true;
  write(folder().result() / "result.json", result.dump());
  EXPECT_EQ(read_outcome(folder()).state, "complete");
  for (const json& complete : {json(), json("yes"), json(1)}) {  // as somebody's hand may have it
    result["complete"] = complete;
    write(folder().result() / "result.json", result.dump());
    EXPECT_EQ(read_outcome(folder()).state, "failed") << complete;
    EXPECT_NE(read_outcome(folder()).reason.find("result.json"), std::string::npos);
  }
  result["complete"] = true;
  result["verdict"] = {{"fit", "maybe"}};
  write(folder().result() / "result.json", result.dump());
  EXPECT_EQ(read_outcome(folder()).state, "complete");
}

TEST_F(FleetFolder, StaysInside) {
  for (const char* name : {"..", "../x", "a/b", ".", "\n"})
    EXPECT_EQ(folder_of("/f", name).path.lexically_normal().parent_path(), "/f/hosts") << name;
}

TEST(FleetCampaign, AHostsCampaignHasItsOwnEnds) {
  const std::string text = "modes = ['host', 'veth']\n[device]\nnic = 'eth7'\n[load]\nrate = '5kpps'\n";
  FleetHost host = pair_of("t1", "a'b");
  host.device.ssh = {"-o", "A \"b\""};
  host.device.wire = "macvlan";
  const auto file = std::filesystem::temp_directory_path() / ("fleet" + std::to_string(getpid()) + ".toml");
  std::ofstream(file) << host_campaign(text, host);
  Config config;
  const auto read = read_campaign(file, config);
  std::filesystem::remove(file);
  ASSERT_TRUE(read) << describe(read.error());
  EXPECT_EQ(config.modes, (Words{"host", "veth"}));
  EXPECT_EQ(config.rates, std::vector<double>{5000});
  EXPECT_EQ(config.tester.host, "t1");
  EXPECT_EQ(config.device.host, "a'b");
  EXPECT_EQ(config.device.nic, "eth1");
  EXPECT_EQ(config.device.ssh, host.device.ssh);
  EXPECT_EQ(config.device.wire, "macvlan");
}

TEST(FleetCampaign, OneHostMayBeBothEnds) {
  Config config;
  config.tester = config.device = {"router", {"-p", "22"}, {}, {}};
  EXPECT_TRUE(validate(config));
  config.steer = true;
  EXPECT_FALSE(validate(config)) << "the CPU that is kept awake is this machine's";
  config.steer = false;
  config.device.ssh.clear();
  EXPECT_FALSE(validate(config)) << "another way there may lead elsewhere: two hosts take a wire";
}

TEST(FleetKubernetes, AJobIsPinnedToItsNodes) {
  const FleetHost alone{"n1", {}, {"n1", {}, {}, {}}, {"n1", {}, {}, {}}, {}, {}};
  FleetHost pair = pair_of("n2", "n3");
  FleetHost faulty = pair_of("n4", "n5");
  faulty.fault = "x";
  const json list = kubernetes_manifests({alone, pair, faulty}, "", 90, "registry/hopcost:1");
  std::map<std::string, json> by_kind;
  for (const json& item : list["items"])
    by_kind[item["kind"].get<std::string>() + item["metadata"]["name"].get<std::string>()] = item;
  ASSERT_EQ(list["items"].size(), 5u) << list.dump(1);
  const json one = by_kind["Jobhopcost-n1"]["spec"], two = by_kind["Jobhopcost-n3"]["spec"];
  EXPECT_EQ(one["template"]["spec"]["nodeName"], "n1");
  EXPECT_EQ(one["completions"], 1);
  EXPECT_EQ(two["completions"], 2);
  EXPECT_EQ(two["parallelism"], 2);
  const json terms = two["template"]["spec"]["affinity"]["nodeAffinity"]
                        ["requiredDuringSchedulingIgnoredDuringExecution"]["nodeSelectorTerms"];
  EXPECT_EQ(
      terms.dump(),
      R"([{"matchFields":[{"key":"metadata.name","operator":"In","values":["n2"]}]},{"matchFields":[{"key":"metadata.name","operator":"In","values":["n3"]}]}])");
  EXPECT_EQ(by_kind["ConfigMaphopcost-campaigns"]["data"].size(), 2u);
  EXPECT_EQ(by_kind["DaemonSethopcost-analyzer-eth1"]["spec"]["template"]["spec"]["restartPolicy"], "Always");
}

}  // namespace
}  // namespace hopcost::campaign
