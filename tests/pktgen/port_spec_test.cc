#include "pktgen/port_spec.h"

#include <gtest/gtest.h>

namespace hopcost::pktgen {
namespace {

TEST(PortSpec, WholeOfIt) {
  const auto s = parse_port_spec("af_xdp:veth0@tester,mode=copy,queue=3");
  ASSERT_TRUE(s);
  EXPECT_EQ(s->backend, "af_xdp");
  EXPECT_EQ(s->device, "veth0");
  EXPECT_EQ(s->netns, "tester");
  EXPECT_EQ(s->mode, XdpMode::kCopy);
  EXPECT_EQ(s->queue, 3u);
  EXPECT_EQ(to_string(*s), "af_xdp:veth0@tester,mode=copy,queue=3");
}

TEST(PortSpec, LeastOfIt) {
  EXPECT_EQ(parse_port_spec("null")->backend, "null");
  const auto s = parse_port_spec("af_packet:t0");
  ASSERT_TRUE(s);
  EXPECT_TRUE(s->netns.empty());
  EXPECT_EQ(s->mode, XdpMode::kBest);
  EXPECT_EQ(to_string(*s), "af_packet:t0");
}

TEST(PortSpec, BadOnesAreUsageErrors) {
  for (const char* text : {"", ":t0", "af_packet", "af_packet:", "af_xdp:t0,mode=fast",
                           "af_xdp:t0,queue=", "af_xdp:t0,colour=red"}) {
    const auto s = parse_port_spec(text);
    ASSERT_FALSE(s) << text;
    EXPECT_EQ(s.error().code, Exit::kUsage);
    EXPECT_FALSE(s.error().hint.empty());
  }
}

}  // namespace
}  // namespace hopcost::pktgen
