#include "pktgen/options/validate.h"

#include <gtest/gtest.h>

namespace hopcost::pktgen {
namespace {

Config good() {
  Config c;
  c.ports = {"af_packet:t0@tester"};
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
  EXPECT_TRUE(p->rx_ports.empty());
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
  c.ports = {"null"};
  EXPECT_TRUE(validate(c));
}

TEST(Validate, RxPortMayBeTheSameOrAnother) {
  Config c = good();
  c.rx_ports = c.ports;
  EXPECT_TRUE(validate(c)->rx_is_port);
  c.rx_ports = {"af_packet:d0@dut"};
  EXPECT_FALSE(validate(c)->rx_is_port);
}

TEST(Validate, NetnsFillsInWhereThePortNamesNone) {
  Config c = good();
  c.netns = "other";
  EXPECT_EQ(validate(c)->ports[0].netns, "tester");
  c.ports = {"af_packet:t0"};
  EXPECT_EQ(validate(c)->ports[0].netns, "other");
}

TEST(Validate, AWorkerAQueueAndACpuEach) {
  Config c = good();
  c.ports = {"af_xdp:t0,queue=0-1", "af_packet:t1"};
  c.cpu = "3,0-1";
  c.rx_ports = {"af_packet:t1"};
  c.rx_cpu = "2";
  const auto p = validate(c);
  ASSERT_TRUE(p) << describe(p.error());
  EXPECT_EQ(p->workers(), 3u);
  EXPECT_EQ(p->cpus, (std::vector<std::uint32_t>{3, 0, 1}));
  EXPECT_TRUE(p->rx_is_port);
  EXPECT_FALSE(receives(*p, p->ports[0]));
  EXPECT_TRUE(receives(*p, p->ports[1]));
}

TEST(Validate, SaysWhatIsWrong) {
  const auto with = [](auto change) {
    Config c = good();
    change(c);
    return c;
  };
  expect_usage(with([](Config& c) { c.ports.clear(); }), "--port");
  expect_usage(with([](Config& c) { c.dst_mac.clear(); }), "--dst-mac");
  expect_usage(with([](Config& c) { c.dst_mac = "nobody"; }), "nobody");
  expect_usage(with([](Config& c) { c.rate = "0"; }), "sends nothing");
  expect_usage(with([](Config& c) { c.size = 63; }), "64 bytes");
  expect_usage(with([](Config& c) { c.size = 83, c.dst_ip = "2001:2::5"; }), "84 bytes");
  expect_usage(with([](Config& c) { c.gap = "random"; }), "jittered");
  expect_usage(with([](Config& c) { c.burst = 0; }), "--burst");
  expect_usage(with([](Config& c) { c.max_gap = "1s"; }), "--max-gap");
  expect_usage(with([](Config& c) { c.max_gap = "1s", c.replay = "a.pcap", c.rate = "1kpps"; }), "--max-gap");
  expect_usage(with([](Config& c) { c.ports = {"pcap:-"}, c.write = "-"; }), "standard output");
  expect_usage(with([](Config& c) { c.count = 0; }), "--count");
  expect_usage(with([](Config& c) { c.no_stamp = true, c.rx_ports = c.ports; }), "--no-stamp");
  expect_usage(with([](Config& c) { c.cpu = "0-1"; }), "one for each queue");
  expect_usage(with([](Config& c) { c.cpu = "1-0"; }), "CPU");
  expect_usage(with([](Config& c) { c.ports.push_back("null"), c.count = 1; }), "nothing to send");
  expect_usage(with([](Config& c) { c.ports.push_back("null"), c.train = "3,1us", c.rate = "1000"; }),
               "evenly");
  expect_usage(with([](Config& c) { c.ports.push_back("null"), c.replay = "a.pcap"; }), "one worker");
  expect_usage(with([](Config& c) { c.ports.push_back("null"), c.write = "a.pcap"; }), "--write");
  expect_usage(with([](Config& c) { c.rx_ports = {"af_packet:t0@tester", "af_packet:d0"}; }), "one kind");
  expect_usage(with([](Config& c) { c.duration = "0s"; }), "out of range");
  expect_usage(with([](Config& c) { c.flow = 65536; }), "--flow");
  expect_usage(with([](Config& c) { c.dst_ip = "2001:2::5", c.src_ip = "198.18.0.1"; }), "families");
}

TEST(Validate, TurnsAreOfFixedFramesAtARateOnOneQueueAPort) {
  const auto refused = [](const char* about, auto change) {
    Config c = good();
    c.ports = {"af_packet:t0@a", "af_packet:t0@b"};
    c.turns = "16,mirrored";
    c.rate = "20kpps";
    ASSERT_TRUE(validate(c)) << describe(validate(c).error());
    change(c);
    expect_usage(c, about);
  };
  refused("--rate", [](Config& c) { c.rate = ""; });
  refused("--rate", [](Config& c) { c.rate = "max"; });
  refused("profile", [](Config& c) { c.profile = "eth/ipv4/udp"; });
  refused("capture", [](Config& c) { c.replay = "f.pcap"; });
  refused("queues", [](Config& c) { c.ports[1] += ",queue=0-1"; });
  refused("backend", [](Config& c) { c.ports[1] = "af_xdp:t0@b"; });
  refused("--flow", [](Config& c) { c.flow = 65535; });
  refused("--no-stamp", [](Config& c) { c.no_stamp = true; });
  refused("1 workers", [](Config& c) { c.cpu = "0,1"; });
  for (const char* bad : {"0", "x", "16,", "16,random", "70000", "-1", "16mirrored"})
    refused("DEPARTURES", [&](Config& c) { c.turns = bad; });
}

TEST(Validate, TurnsMakeThePortsLanesOfOneWorker) {
  Config c = good();
  c.ports = {"af_packet:t0@a", "af_packet:t0@b", "af_packet:t0@b"};
  c.rx_ports = c.ports;
  c.rate = "20kpps";
  c.turns = "8";
  c.cpu = "1";
  c.rx_cpu = "0,2";  // two ports receive, not three
  const auto p = validate(c);
  ASSERT_TRUE(p) << describe(p.error());
  EXPECT_EQ(p->workers(), 1u);
  EXPECT_EQ(p->turns->train, 8u);
  EXPECT_FALSE(p->turns->mirrored);
}

TEST(Validate, ACapturesOwnTimesAreOfSingleFrames) {
  Config c = good();
  c.replay = "f.pcap";
  c.burst = 2;
  expect_usage(c, "--burst");
  c.rate = "1kpps";
  EXPECT_TRUE(validate(c));
}

}  // namespace
}  // namespace hopcost::pktgen
