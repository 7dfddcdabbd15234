// What leaves a port is what was asked for: to the frame, the number, the byte.
#include <gtest/gtest.h>

#include "tests/pktgen/netns_bench.h"
#include "tests/wire/oracle.h"
#include "wire/find_probe.h"

namespace hopcost::pktgen {
namespace {

struct Case {
  const char* backend;
  const char* family;
  int size;
};

class Deliver : public testing::TestWithParam<Case> {};

void expect_frames(const std::vector<std::vector<std::byte>>& frames, std::size_t count, int size) {
  ASSERT_EQ(frames.size(), count);
  std::uint64_t before = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const auto found = find_probe(frames[i]);
    ASSERT_TRUE(found);
    ASSERT_EQ(found->probe.sequence, i);
    ASSERT_EQ(found->probe.flow, 77);
    ASSERT_EQ(found->place, FoundProbe::Place::kPacketEnd);
    ASSERT_GE(found->probe.tx_ns, before);
    ASSERT_EQ(frames[i].size(), static_cast<std::size_t>(size) - 4);
    ASSERT_TRUE(oracle::frame_is_right(frames[i])) << i;
    before = found->probe.tx_ns;
  }
}

TEST_P(Deliver, ExactlyWhatWasAskedFor) {
  const Case c = GetParam();
  NEEDS_BACKEND(c.backend);
  NEEDS_NETNS(pair);
  if (std::string(c.backend) == "xdp") pair.take_xdp_frames();
  Listener listener(pair.rx());
  const auto ended = pktgen_run({"--port", port_on(c.backend, "t0", pair.tx()), "--dst-mac", pair.rx_mac(),
                                 "--dst-ip", c.family, "--size", std::to_string(c.size), "--rate", "50kpps",
                                 "--burst", "3", "--count", "2000", "--flow", "77", "--json"});
  ASSERT_EQ(ended.exit, 0) << ended.err;
  expect_frames(listener.frames(2001), 2000, c.size);
  const auto j = ended.json();
  EXPECT_EQ(j["sent"], 2000);
  EXPECT_EQ(j["sent_bytes"], 2000 * (c.size - 4));
  EXPECT_EQ(j["audit"]["departures"], 667);
  EXPECT_EQ(j["partial"], "");
}

INSTANTIATE_TEST_SUITE_P(
    Ports, Deliver,
    testing::Values(Case{"af_packet", "198.18.0.2", 64}, Case{"af_packet", "2001:2::2", 85},
                    Case{"af_packet", "198.18.0.2", 1518}, Case{"af_xdp", "198.18.0.2", 64},
                    Case{"af_xdp", "2001:2::2", 85}, Case{"af_xdp", "198.18.0.2", 1518},
                    Case{"dpdk:net_af_packet", "198.18.0.2", 64}, Case{"dpdk:net_af_packet", "2001:2::2", 85},
                    Case{"dpdk:net_af_packet", "198.18.0.2", 1514}, Case{"dpdk:net_af_xdp", "198.18.0.2", 64},
                    Case{"dpdk:net_af_xdp", "2001:2::2", 85}, Case{"dpdk:net_af_xdp", "198.18.0.2", 1518},
                    Case{"xdp", "198.18.0.2", 64}, Case{"xdp", "2001:2::2", 85},
                    Case{"xdp", "198.18.0.2", 1518}));

TEST(DeliverNetns, FlatOutLosesNothingToTheRing) {
  NEEDS_NETNS(pair);
  for (const char* port : {"af_packet", "af_xdp", "dpdk:net_af_xdp"}) {
    if (!has_backend(port)) continue;
    const auto ended = pktgen_run(
        {"--port", port_on(port, "t0", pair.tx()), "--dst-mac", kForeign, "--count", "100000", "--json"});
    ASSERT_EQ(ended.exit, 0) << ended.err;
    EXPECT_EQ(ended.json()["sent"], 100000) << port;
    EXPECT_EQ(ended.json()["tx_errors"], 0) << port;
  }
}

TEST(DeliverNetns, ModeIsSaid) {
  NEEDS_NETNS(pair);
  const auto mode = [&](const std::string& port) {
    return pktgen_run({"--port", port, "--dst-mac", kForeign, "--count", "1", "--json"})
        .json()["port"]["mode"];
  };
  EXPECT_EQ(mode("af_packet:t0@" + pair.tx()), "tx-ring");
  EXPECT_EQ(mode("af_xdp:t0@" + pair.tx()), "copy");  // veth has no zero-copy
  EXPECT_EQ(mode("af_xdp:t0@" + pair.tx() + ",mode=skb"), "skb");
}

// Without root, in a user namespace of its own.
TEST(DeliverNetns, RootlessAfPacket) {
  if (shell("unshare -Urn true 2>/dev/null") != 0) GTEST_SKIP() << "user namespaces are not allowed here";
  const std::string program = std::getenv("HOPCOST_PKTGEN");
  const std::string user = getuid() == 0 ? "setpriv --reuid 65534 --regid 65534 --clear-groups " : "";
  EXPECT_EQ(
      shell(user +
            "unshare -Urn sh -c 'ip link add t0 type veth peer name d0 && ip link set t0 up && ip link set "
            "d0 up && exec " +
            program +
            " --port af_packet:t0 --dst-mac 02:00:00:00:00:fe --rate 20kpps --count 500 --quiet >/dev/null'"),
      0);
}

}  // namespace
}  // namespace hopcost::pktgen
