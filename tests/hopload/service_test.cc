// The control channel's operations, as hopcost calls them.
#include "hopload/service.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <set>

namespace hopcost::hopload {
namespace {

using nlohmann::json;

json rr(const char* side) {
  return {{"load", std::string("a ") + side},
          {"side", side},
          {"kind", "rr"},
          {"address", "127.0.0.1"},
          {"port", 20'000 + getpid() % 20'000},
          {"protocol", "udp"},
          {"request_bytes", 8},
          {"response_bytes", 8}};
}

TEST(HoploadService, PrepareRunClose) {
  Service service;
  ASSERT_TRUE(service.prepare(rr("server")));
  auto client = service.prepare(rr("client"));
  ASSERT_TRUE(client) << describe(client.error());
  EXPECT_EQ((*client)["figures"][0], (json{{"name", "p50"}, {"unit", "ns"}, {"better", "lower"}}));
  EXPECT_TRUE(service.check({{"load", "a server"}}));
  auto ran = service.run({{"loads", {"a client"}}, {"seconds", 0.05}});
  ASSERT_TRUE(ran) << describe(ran.error());
  for (const json& figure : (*client)["figures"])
    EXPECT_TRUE((*ran)["answers"][0]["figures"].contains(figure["name"])) << figure;
  EXPECT_TRUE(service.close({{"load", "a client"}}));
  EXPECT_TRUE(service.close({{"load", "a client"}})) << "what is gone is a success";
  EXPECT_FALSE(service.run({{"loads", {"a client"}}, {"seconds", 0.05}}));
}

TEST(HoploadService, WhatIsWrongIsRefused) {
  Service service;
  for (const auto& [key, value] : std::vector<std::pair<const char*, json>>{{"side", "middle"},
                                                                            {"kind", "magic"},
                                                                            {"protocol", "sctp"},
                                                                            {"address", "nowhere"},
                                                                            {"port", 0},
                                                                            {"port", 70'000},
                                                                            {"request_bytes", 0},
                                                                            {"response_bytes", 100'000},
                                                                            {"connections", 0},
                                                                            {"rate", -1}}) {
    json bad = rr("client");
    bad[key] = value;
    auto answer = service.prepare(bad);
    EXPECT_FALSE(answer) << key << value;
    if (answer) continue;
    EXPECT_EQ(answer.error().code, Exit::kUsage) << describe(answer.error());
  }
  json unnumbered = rr("client");
  unnumbered["rate"] = 100;
  unnumbered["request_bytes"] = 1;
  EXPECT_FALSE(service.prepare(unnumbered)) << "an open loop over UDP can't tell answers apart";
  ASSERT_TRUE(service.prepare(rr("server")));
  EXPECT_FALSE(service.run({{"loads", {"a server"}}, {"seconds", 1}}));
  EXPECT_FALSE(service.run({{"loads", {"a server"}}, {"seconds", 0}}));
}

TEST(HoploadService, TellsWhatTheMachineDidMeanwhile) {
  Service service;
  ASSERT_TRUE(service.prepare(rr("server")));
  auto client = service.prepare(rr("client"));
  ASSERT_TRUE(client) << describe(client.error());
  auto ran = service.run({{"loads", {"a client"}}, {"seconds", 0.5}, {"watch", true}});
  ASSERT_TRUE(ran) << describe(ran.error());
  const json& machine = (*ran)["machine"];
  EXPECT_GT(machine["figures"]["cpu_busy"], 0) << machine;
  EXPECT_GT(machine["figures"]["interrupts"], 0);
  std::set<std::string> promised;
  for (const json& f : (*client)["machine_figures"]) promised.insert(f["name"].get<std::string>());
  for (const auto& [name, value] : machine["figures"].items()) EXPECT_TRUE(promised.contains(name)) << name;
  // What is not there is named.
  for (const char* counter : {"cycles", "context_switches", "page_faults", "power", "temperature"})
    EXPECT_NE(machine["figures"].contains(counter),
              machine["missing"].get<std::string>().find(counter) != std::string::npos);
  const json& at = machine["samples"]["at_s"];
  EXPECT_GE(at.size(), 2u);
  EXPECT_LE(at.size(), 7u) << "ten a second, and the last";
  for (const auto& [name, values] : machine["samples"].items()) EXPECT_EQ(values.size(), at.size()) << name;
}

TEST(HoploadService, CountsTheOneDevicesPackets) {
  const auto packets = [](const char* device) {
    Service service;
    json client = rr("client");
    client["device"] = device;
    EXPECT_TRUE(service.prepare(rr("server")));
    EXPECT_TRUE(service.prepare(client));
    auto ran = service.run({{"loads", {"a client"}}, {"seconds", 0.1}, {"watch", true}});
    if (!ran) ADD_FAILURE() << describe(ran.error());
    return ran ? (*ran)["machine"]["figures"]["packets"].get<double>() : -1;
  };
  EXPECT_GT(packets("lo"), 0) << "the load's own are there";
  EXPECT_EQ(packets("none"), 0);
}

TEST(HoploadService, SeveralRunAtOnce) {
  Service service;
  const auto named = [](const char* side, int k) {
    json request = rr(side);
    request["load"] = fmt::format("{}{}", side, k);
    request["port"] = request["port"].get<int>() + k;
    return request;
  };
  json names = json::array();
  for (int k = 0; k < 3; ++k) {
    ASSERT_TRUE(service.prepare(named("server", k)));
    ASSERT_TRUE(service.prepare(named("client", k)));
    names.push_back(fmt::format("client{}", k));
  }
  const auto begun = std::chrono::steady_clock::now();
  auto ran = service.run({{"loads", names}, {"seconds", 0.3}});
  ASSERT_TRUE(ran) << describe(ran.error());
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::milliseconds(850)) << "not one by one";
  ASSERT_EQ((*ran)["answers"].size(), 3u);
  for (const json& answer : (*ran)["answers"]) EXPECT_GT(answer["figures"]["transactions"], 0) << answer;
  ASSERT_TRUE(service.close({{"load", "server2"}}));
  EXPECT_FALSE(service.run({{"loads", {"client1", "client2", "client1"}}, {"seconds", 0.05}}))
      << "one twice at a time";
  EXPECT_FALSE(service.run({{"loads", {"client1", "client2", "client9"}}, {"seconds", 0.05}}));
  EXPECT_FALSE(service.run({{"loads", json::array()}, {"seconds", 0.05}}));
  EXPECT_FALSE(service.run({{"loads", "client1"}, {"seconds", 0.05}}));
  auto alone = service.run({{"loads", {"client1", "client2"}}, {"seconds", 0.05}});
  ASSERT_FALSE(alone) << "nobody answers one of them";
  EXPECT_NE(describe(alone.error()).find("client2: "), std::string::npos) << "it is named";
}

TEST(HoploadService, RatesHaveNoGoodWay) {
  Service service;
  auto client = service.prepare(rr("client"));
  ASSERT_TRUE(client);
  const std::set<std::string> may_be_none = {"softirq",
                                             "load",
                                             "temperature",
                                             "migrations",
                                             "page_faults",
                                             "container_migrations",
                                             "container_page_faults"};
  const std::set<std::string> of_no_way = {"cpu_s", "ipc", "container_ipc"};
  for (const json& f : (*client)["machine_figures"]) {
    const bool rate = f["unit"] == "1/s" || f["unit"] == "CPUs" || f["name"] == "load";
    EXPECT_EQ(f["better"] == "", rate || of_no_way.contains(f["name"].get<std::string>())) << f;
    EXPECT_EQ(f.contains("compared_by"), may_be_none.contains(f["name"].get<std::string>())) << f;
  }
}

TEST(HoploadService, FindsPrograms) {
  EXPECT_TRUE(Service::find({{"program", "sh"}}));
  EXPECT_FALSE(Service::find({{"program", "no-such-tool-anywhere"}}));
}

}  // namespace
}  // namespace hopcost::hopload
