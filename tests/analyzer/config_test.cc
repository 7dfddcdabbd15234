#include "analyzer/config.h"

#include <gtest/gtest.h>

namespace hopcost::analyzer {
namespace {

using std::chrono::nanoseconds;

TEST(ParseTap, HooksOfADevicesDirection) {
  const auto tc = parse_tap("a=d0@dut:out/tc");
  ASSERT_TRUE(tc);
  EXPECT_EQ(tc->hook, "tc");
  EXPECT_EQ(tc->direction, Direction::kOut);
  EXPECT_EQ(parse_tap("a=d0:in/xdp")->hook, "xdp");
  for (const char* bad :
       {"a=d0:out/xdp", "a=d0:in/", "a=d0:in/tcx", "a=d0:netif_rx/tc", "a=udp/9:in/tc", "a=d0:/tc"})
    EXPECT_FALSE(parse_tap(bad)) << bad;
}

TEST(TapSpec, WholeForm) {
  const auto tap = parse_tap("wire=d0@hc-bridge-dut:in");
  ASSERT_TRUE(tap);
  EXPECT_EQ(*tap, (TapSpec{.name = "wire", .netns = "hc-bridge-dut", .device = "d0"}));
  EXPECT_EQ(parse_tap("p=v0@/run/netns/x:out")->direction, Direction::kOut);
  EXPECT_EQ(parse_tap("p=v0@/run/netns/x:out")->netns, "/run/netns/x");
}

TEST(TapSpec, NamespaceAndDirectionMayBeLeftOut) {
  const auto tap = parse_tap("end=eth0");
  ASSERT_TRUE(tap);
  EXPECT_EQ(tap->netns, "");
  EXPECT_EQ(tap->direction, Direction::kIn);
}

TEST(TapSpec, TracepointsAndPorts) {
  EXPECT_EQ(*parse_tap("q=v0@dut:net_dev_queue"),
            (TapSpec{.name = "q", .netns = "dut", .device = "v0", .tracepoint = "net_dev_queue"}));
  EXPECT_EQ(*parse_tap("app=udp/9@c1"), (TapSpec{.name = "app", .netns = "c1", .device = "", .port = 9}));
}

TEST(TapSpec, MistakesShowTheForm) {
  for (const auto* text : {"", "eth0", "=eth0", "a=", "a=@ns", "a=eth0@", "a=eth0:up", "a=eth0@ns:",
                           "a=interface-name-too-long", "a=udp/0", "a=udp/x@c1", "a=udp/65536"}) {
    const auto tap = parse_tap(text);
    ASSERT_FALSE(tap) << text;
    EXPECT_EQ(tap.error().code, Exit::kUsage);
    EXPECT_NE(tap.error().hint.find("NAME=DEVICE"), std::string::npos);
  }
}

TEST(ParseSink, PortAndNamespace) {
  EXPECT_EQ(*parse_sink("9@c1"), (UdpEnd{"c1", 9}));
  EXPECT_EQ(*parse_sink("65535"), (UdpEnd{"", 65535}));
  for (const auto* text : {"", "0", "65536", "-1", "9x", "@c1", "9@"}) EXPECT_FALSE(parse_sink(text)) << text;
}

TapSpec tap_on(const char* name, const char* device) {
  TapSpec spec;
  spec.name = name;
  spec.device = device;
  return spec;
}

TEST(Config, ChecksOfTheWhole) {
  Config config;
  EXPECT_FALSE(validate(config));  // no tap
  config.taps = {tap_on("a", "x"), tap_on("a", "y")};
  EXPECT_FALSE(validate(config));  // twice the same name
  config.taps[1].name = "b";
  EXPECT_TRUE(validate(config));
  config.window = 7;
  EXPECT_FALSE(validate(config));
  config = Config();
  config.control = true;
  EXPECT_TRUE(validate(config));
  config.window = 7;
  EXPECT_FALSE(validate(config));  // over the channel too
  config.window = kControlWindow;
  config.taps = {tap_on("a", "x")};
  EXPECT_FALSE(validate(config));
  config.control = false;
  config.taps.assign(kMaxTaps + 1, tap_on("", "x"));
  for (std::size_t i = 0; i < config.taps.size(); ++i) config.taps[i].name = std::to_string(i);
  EXPECT_FALSE(validate(config));
}

}  // namespace
}  // namespace hopcost::analyzer
