// The control channel's operations, as hopcost calls them.
#include "hopload/service.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

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
  auto ran = service.run({{"load", "a client"}, {"seconds", 0.05}});
  ASSERT_TRUE(ran) << describe(ran.error());
  for (const json& figure : (*client)["figures"])
    EXPECT_TRUE((*ran)["figures"].contains(figure["name"])) << figure;
  EXPECT_TRUE(service.close({{"load", "a client"}}));
  EXPECT_TRUE(service.close({{"load", "a client"}})) << "what is gone is a success";
  EXPECT_FALSE(service.run({{"load", "a client"}, {"seconds", 0.05}}));
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
  EXPECT_FALSE(service.run({{"load", "a server"}, {"seconds", 1}}));
  EXPECT_FALSE(service.run({{"load", "a server"}, {"seconds", 0}}));
}

TEST(HoploadService, FindsPrograms) {
  EXPECT_TRUE(Service::find({{"program", "sh"}}));
  EXPECT_FALSE(Service::find({{"program", "no-such-tool-anywhere"}}));
}

}  // namespace
}  // namespace hopcost::hopload
