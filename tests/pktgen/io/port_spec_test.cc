#include "pktgen/io/port_spec.h"

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
  EXPECT_EQ(s->queues, std::vector<std::uint32_t>{3});
  EXPECT_TRUE(s->names_queues);
  EXPECT_EQ(to_string(*s), "af_xdp:veth0@tester,mode=copy,queue=3");
}

TEST(PortSpec, BusyPolling) {
  const auto s = parse_port_spec("af_xdp:t0,busy-poll=50");
  ASSERT_TRUE(s);
  EXPECT_EQ(s->busy_poll_us, 50u);
  EXPECT_EQ(to_string(*s), "af_xdp:t0,busy-poll=50");
  EXPECT_EQ(parse_port_spec("af_xdp:t0")->busy_poll_us, 0u);
}

TEST(PortSpec, Frames) {
  for (const char* text : {"af_packet:t0,carrier=any", "af_xdp:t0@ns,queue=0-1,carrier=any",
                           "dpdk:net_af_xdp,iface=t0@,carrier=any"}) {
    const auto bears = parse_port_spec(text);
    ASSERT_TRUE(bears) << text;
    EXPECT_TRUE(bears->any_carrier);
    EXPECT_EQ(to_string(*bears), text);
  }
  for (const char* text : {"af_packet:t0,carrier=on", "xdp:t0,carrier=any", "null,carrier=any"})
    EXPECT_FALSE(parse_port_spec(text)) << text;
  const auto s = parse_port_spec("af_xdp:t0,frames=4096");
  ASSERT_TRUE(s);
  EXPECT_EQ(s->frames, 4096u);
  EXPECT_EQ(to_string(*s), "af_xdp:t0,frames=4096");
  for (const char* text : {"af_xdp:t0,frames=1000", "af_xdp:t0,frames=32", "af_xdp:t0,frames=131072",
                           "af_xdp:t0,frames=", "af_packet:t0,frames=4096"})
    EXPECT_FALSE(parse_port_spec(text)) << text;
}

TEST(PortSpec, LeastOfIt) {
  EXPECT_EQ(parse_port_spec("null")->backend, "null");
  const auto s = parse_port_spec("af_packet:t0");
  ASSERT_TRUE(s);
  EXPECT_TRUE(s->netns.empty());
  EXPECT_EQ(s->mode, XdpMode::kBest);
  EXPECT_EQ(to_string(*s), "af_packet:t0");
}

TEST(PortSpec, DpdkKeepsItsOwnCommas) {
  const auto s = parse_port_spec("dpdk:net_af_xdp,iface=veth0,queue_count=1@tester,hugepages=64");
  ASSERT_TRUE(s);
  EXPECT_EQ(s->device, "net_af_xdp,iface=veth0,queue_count=1");
  EXPECT_EQ(s->netns, "tester");
  EXPECT_EQ(s->hugepages_mib, 64u);
  EXPECT_EQ(to_string(*s), "dpdk:net_af_xdp,iface=veth0,queue_count=1@tester,hugepages=64");
}

TEST(PortSpec, DpdkWithoutNamespace) {
  EXPECT_EQ(parse_port_spec("dpdk:0000:03:00.0")->device, "0000:03:00.0");
  const auto s = parse_port_spec("dpdk:net_memif,socket=/run/a@b@,hugepages=8");
  ASSERT_TRUE(s);
  EXPECT_EQ(s->device, "net_memif,socket=/run/a@b");
  EXPECT_TRUE(s->netns.empty());
  EXPECT_EQ(parse_port_spec(to_string(*s))->device, s->device);
  EXPECT_EQ(parse_port_spec(to_string(*s))->hugepages_mib, 8u);
}

TEST(PortSpec, AFilesNameMayHoldAnything) {
  const std::string text = "pcap:/tmp/a@b,queue=1:c.pcapng";
  const auto s = parse_port_spec(text);
  ASSERT_TRUE(s) << describe(s.error());
  EXPECT_EQ(s->device, "/tmp/a@b,queue=1:c.pcapng");
  EXPECT_EQ(s->netns, "");
  EXPECT_EQ(s->queues.size(), 1u);
  EXPECT_EQ(to_string(*s), text);
}

TEST(PortSpec, ListsOfQueues) {
  const auto s = parse_port_spec("af_xdp:t0,queue=0,2-4,mode=copy");
  ASSERT_TRUE(s);
  EXPECT_EQ(s->queues, (std::vector<std::uint32_t>{0, 2, 3, 4}));
  EXPECT_EQ(s->mode, XdpMode::kCopy);
  EXPECT_EQ(to_string(*s), "af_xdp:t0,mode=copy,queue=0,2-4");
  EXPECT_EQ(parse_port_spec(to_string(*s))->queues, s->queues);
  const auto limited = parse_port_spec("dpdk:0000:03:00.0@,limit=2500");
  EXPECT_EQ(limited->limit_mbps, 2500u);
  EXPECT_EQ(to_string(*limited), "dpdk:0000:03:00.0@,limit=2500");
  const auto d = parse_port_spec("dpdk:net_null@,queue=0-1,hugepages=8");
  ASSERT_TRUE(d);
  EXPECT_EQ(d->queues, (std::vector<std::uint32_t>{0, 1}));
  EXPECT_EQ(parse_port_spec(to_string(*d))->queues, d->queues);
  EXPECT_EQ(parse_port_spec(to_string(*d))->hugepages_mib, 8u);
}

TEST(PortSpec, NumbersTooLargeAreNoNumbers) {
  for (const char* text : {"dpdk:net_null@,hugepages=99999999999", "dpdk:net_null@,limit=4294967296",
                           "af_xdp:t0,busy-poll=99999999999", "af_xdp:t0,busy-poll=1000001"}) {
    const auto s = parse_port_spec(text);
    ASSERT_FALSE(s) << text;
    EXPECT_EQ(s.error().code, Exit::kUsage) << text;
  }
}

TEST(PortSpec, BadOnesAreUsageErrors) {
  for (const char* text : {"",
                           ":t0",
                           "af_packet",
                           "af_packet:",
                           "af_xdp:t0,mode=fast",
                           "af_xdp:t0,busy-poll=",
                           "af_xdp:t0,busy-poll=x",
                           "af_xdp:t0,busy-poll=1000001",
                           "af_packet:t0,busy-poll=50",
                           "af_xdp:t0,queue=",
                           "af_xdp:t0,queue=3-1",
                           "af_xdp:t0,queue=0-99999",
                           "af_xdp:t0,queue=,1",
                           "af_xdp:t0,queue=0-",
                           "af_xdp:t0,colour=red",
                           "dpdk:",
                           "dpdk:@ns",
                           "dpdk:net_null@,queue=x",
                           "af_xdp:t0,queue=1,1",
                           "dpdk:net_null@,hugepages=many",
                           "dpdk:net_null@,limit=0",
                           "af_xdp:t0,limit=5",
                           "af_xdp:t0,hugepages=4"}) {
    const auto s = parse_port_spec(text);
    ASSERT_FALSE(s) << text;
    EXPECT_EQ(s.error().code, Exit::kUsage);
    EXPECT_FALSE(s.error().hint.empty());
  }
}

}  // namespace
}  // namespace hopcost::pktgen
