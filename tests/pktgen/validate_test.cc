#include "pktgen/validate.h"

#include <gtest/gtest.h>

namespace hopcost::pktgen {
namespace {

Config good() {
  Config c;
  c.port = "af_packet:t0@tester";
  c.dst_mac = "02:00:00:00:00:02";
  return c;
}

void expect_usage(const Config& c, const char* about) {
  const auto p = validate(c);
  ASSERT_FALSE(p) << about;
  EXPECT_EQ(p.error().code, Exit::kUsage) << about;
  EXPECT_NE((p.error().what + p.error().hint).find(about), std::string::npos) << describe(p.error());
}

TEST(Validate, Defaults) {
  const auto p = validate(good());
  ASSERT_TRUE(p) << describe(p.error());
  EXPECT_EQ(p->frame.size, 64u);
  EXPECT_EQ(to_string(p->frame.src_ip), "198.18.0.1");
  EXPECT_EQ(p->duration_ns, 10'000'000'000u);
  EXPECT_TRUE(p->rate.empty());
  EXPECT_FALSE(p->rx_port);
}

TEST(Validate, OneIpv6AddressMakesItIpv6) {
  Config c = good();
  c.dst_ip = "2001:2::5";
  const auto p = validate(c);
  ASSERT_TRUE(p);
  EXPECT_TRUE(p->frame.src_ip.v6);
  EXPECT_EQ(p->frame.size, 84u);
}

TEST(Validate, BitRatesUseTheFrameSize) {
  Config c = good();
  c.rate = "10Gbit";
  c.size = 1518;
  const auto p = validate(c);
  EXPECT_NEAR(p->rate.at(0).from.pps(p->frame.size), 812'743.8, 0.1);
}

TEST(Validate, CountAloneHasNoDuration) {
  Config c = good();
  c.count = 5;
  EXPECT_FALSE(validate(c)->duration_ns);
}

TEST(Validate, NullNeedsNoMac) {
  Config c;
  c.port = "null";
  EXPECT_TRUE(validate(c));
}

TEST(Validate, RxPortMayBeTheSameOrAnother) {
  Config c = good();
  c.rx_port = c.port;
  EXPECT_TRUE(validate(c)->rx_is_port);
  c.rx_port = "af_packet:d0@dut";
  EXPECT_FALSE(validate(c)->rx_is_port);
}

TEST(Validate, NetnsFillsInWhereThePortNamesNone) {
  Config c = good();
  c.netns = "other";
  EXPECT_EQ(validate(c)->port.netns, "tester");
  c.port = "af_packet:t0";
  EXPECT_EQ(validate(c)->port.netns, "other");
}

TEST(Validate, SaysWhatIsWrong) {
  const auto with = [](auto change) {
    Config c = good();
    change(c);
    return c;
  };
  expect_usage(with([](Config& c) { c.port.clear(); }), "--port");
  expect_usage(with([](Config& c) { c.dst_mac.clear(); }), "--dst-mac");
  expect_usage(with([](Config& c) { c.dst_mac = "nobody"; }), "nobody");
  expect_usage(with([](Config& c) { c.rate = "0"; }), "sends nothing");
  expect_usage(with([](Config& c) { c.size = 63; }), "64 bytes");
  expect_usage(with([](Config& c) { c.size = 83, c.dst_ip = "2001:2::5"; }), "84 bytes");
  expect_usage(with([](Config& c) { c.gap = "random"; }), "jittered");
  expect_usage(with([](Config& c) { c.burst = 0; }), "--burst");
  expect_usage(with([](Config& c) { c.count = 0; }), "--count");
  expect_usage(with([](Config& c) { c.duration = "0s"; }), "out of range");
  expect_usage(with([](Config& c) { c.flow = 65536; }), "--flow");
  expect_usage(with([](Config& c) { c.dst_ip = "2001:2::5", c.src_ip = "198.18.0.1"; }), "families");
}

}  // namespace
}  // namespace hopcost::pktgen
