// The XDP program that asks a driver for its receive stamps. veth has an answer, but no hardware behind it:
// 0.
#include <gtest/gtest.h>

#include <cstring>

#include "base/netns.h"
#include "pktgen/io/af_xdp/xsk_rx.h"
#include "pktgen/io/device.h"
#include "tests/pktgen/netns_bench.h"
#include "wire/find_probe.h"

namespace hopcost::pktgen {
namespace {

/// A socket that receives at d0, with stamps asked for.
Result<std::shared_ptr<XskSocket>> receiver(const NetnsPair& pair, XdpMode mode) {
  auto scope = NetnsScope::enter(pair.rx());
  if (!scope) return forward(scope);
  auto device = read_device("d0");
  if (!device) return forward(device);
  return XskSocket::open({.device = "d0",
                          .ifindex = device->index,
                          .mtu = device->mtu,
                          .mode = mode,
                          .send = false,
                          .receive = true,
                          .stamps = true});
}

void fill_area(XskSocket& socket, int value) {
  std::memset(socket.frame(0), value, std::size_t{socket.frame_bytes()} * socket.rx_frames());
}

/// What stands before each of the frames that 20 probes came in.
std::vector<std::uint64_t> stamps_before(XskSocket& socket, const NetnsPair& pair) {
  Program sender({"--port", "af_packet:t0@" + pair.tx(), "--dst-mac", pair.rx_mac(), "--rate", "10kpps",
                  "--count", "20"});
  std::vector<std::uint64_t> stamps;
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (stamps.size() < 20 && std::chrono::steady_clock::now() < end) {
    std::uint32_t at = 0;
    const auto n = xsk_ring_cons__peek(&socket.rx, 64, &at);
    for (std::uint32_t i = 0; i < n; ++i) {
      const xdp_desc* d = xsk_ring_cons__rx_desc(&socket.rx, at + i);
      if (!find_probe({socket.frame(d->addr), d->len})) continue;
      std::memcpy(&stamps.emplace_back(), socket.frame(d->addr) - 8, 8);
    }
    xsk_ring_cons__release(&socket.rx, n);
  }
  (void)sender.wait();
  return stamps;
}

TEST(AfXdpStamps, TheDriverIsAskedForEachFrame) {
  NEEDS_NETNS(pair);
  auto socket = receiver(pair, XdpMode::kCopy);
  ASSERT_TRUE(socket) << describe(socket.error());
  if (!(*socket)->stamps())
    GTEST_SKIP() << "this kernel's XDP programs can't ask a driver for stamps (Linux 6.3)";
  fill_area(**socket, 0xee);
  EXPECT_EQ(stamps_before(**socket, pair), std::vector<std::uint64_t>(20, 0));
}

TEST(AfXdpStamps, TheGenericHookGoesWithout) {
  NEEDS_NETNS(pair);
  auto socket = receiver(pair, XdpMode::kSkb);
  ASSERT_TRUE(socket) << describe(socket.error());
  EXPECT_FALSE((*socket)->stamps());
  fill_area(**socket, 0xee);
  EXPECT_EQ(stamps_before(**socket, pair), std::vector<std::uint64_t>(20, 0xeeeeeeeeeeeeeeee));
}

}  // namespace
}  // namespace hopcost::pktgen
