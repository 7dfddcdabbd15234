// A driver's receive stamps, asked for by an XDP program, and its departure stamps, asked for in a frame's
// metadata. veth answers the first with 0, for it has no hardware, and has not the second.
#include <gtest/gtest.h>
#include <sys/utsname.h>

#include <cstdio>
#include <cstring>

#include "base/netns.h"
#include "pktgen/io/af_xdp/xsk_features.h"
#include "pktgen/io/af_xdp/xsk_rx.h"
#include "pktgen/io/af_xdp/xsk_tx.h"
#include "pktgen/io/device.h"
#include "pktgen/report/report_json.h"
#include "tests/pktgen/netns_bench.h"
#include "tests/wire/frames.h"
#include "tests/wire/oracle.h"
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
  std::memset(socket.frame(0), value, std::size_t{socket.chunk_bytes()} * socket.chunks());
}

/// What stands before each of the frames that 20 probes came in.
std::vector<std::uint64_t> stamps_before(XskSocket& socket, const NetnsPair& pair) {
  Program sender({"--port", "af_packet:t0@" + pair.tx(), "--dst-mac", pair.rx_mac(), "--rate", "10kpps",
                  "--count", "20"});
  std::vector<std::uint64_t> stamps;
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (stamps.size() < 20 && std::chrono::steady_clock::now() < end) {
    const auto n = socket.rx.available(64);
    for (std::uint32_t i = 0; i < n; ++i) {
      const xdp_desc& d = socket.rx[i];
      if (!find_probe({socket.frame(d.addr), d.len})) continue;
      std::memcpy(&stamps.emplace_back(), socket.frame(d.addr) - 8, 8);
    }
    socket.rx.release(n);
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

/// Whether the kernel knows metadata of frames to be sent (Linux 6.8).
bool kernel_has_metadata() {
  utsname name{};
  int major = 0, minor = 0;
  uname(&name);
  return std::sscanf(name.release, "%d.%d", &major, &minor) == 2 && (major > 6 || (major == 6 && minor >= 8));
}

/// A socket that sends from t0 in copy mode, with room for metadata.
Result<std::shared_ptr<XskSocket>> sending(const NetnsPair& pair) {
  auto scope = NetnsScope::enter(pair.tx());
  if (!scope) return forward(scope);
  auto device = read_device("t0");
  if (!device) return forward(device);
  EXPECT_EQ(xsk_features(device->index), 0u) << "veth has no hardware";
  EXPECT_FALSE(xsk_features(0));
  return XskSocket::open({.device = "t0",
                          .ifindex = device->index,
                          .mtu = device->mtu,
                          .mode = XdpMode::kCopy,
                          .metadata = true});
}

// In copy mode the kernel writes a time of its own where a NIC would write its stamp, by CLOCK_TAI: when it
// was done with the frame.
TEST(AfXdpStamps, DeparturesAreReadFromTheMetadataAndFramesLeaveIntact) {
  if (!kernel_has_metadata()) GTEST_SKIP() << "this kernel has no metadata of sent frames (Linux 6.8)";
  NEEDS_NETNS(pair);
  Listener listener(pair.rx());
  auto socket = sending(pair);
  ASSERT_TRUE(socket) << describe(socket.error());
  ASSERT_EQ((*socket)->metadata_bytes(), 24u);
  auto clock = HardwareClock::of(CLOCK_TAI);
  ASSERT_TRUE(clock);
  auto ledger = [&]() -> Result<TxLedger> {
    auto scope = NetnsScope::enter(pair.tx());
    if (!scope) return forward(scope);
    return TxLedger::open("t0");
  }();
  ASSERT_TRUE(ledger) << describe(ledger.error());
  XskTx tx({*socket}, std::move(*ledger), std::move(clock));
  const auto t = FrameTemplate::make(spec_v4(1500), 1500).value();
  for (int run = 0; run < 2; ++run) {
    ASSERT_TRUE(tx.prepare(t));
    for (std::uint64_t sequence = 0; sequence < 3200; sequence += kMaxBatch) {
      const std::uint64_t now = kernel_clock_ns(CLOCK_REALTIME);
      const auto lent = tx.lend(kMaxBatch);
      ASSERT_EQ(lent.size(), kMaxBatch);
      for (std::uint64_t i = 0; i < kMaxBatch; ++i) t.stamp(lent[i], sequence + i, now);
      tx.given_at(now);
      tx.send(kMaxBatch);
    }
    const DepartureStamps* stamps = tx.departures();
    ASSERT_NE(stamps, nullptr);
    EXPECT_EQ(stamps->delay().count(), 3200u);
    EXPECT_EQ(stamps->missing() + stamps->negative(), 0u);
    std::uint64_t next = 0;
    for (const auto& f : listener.frames(3200)) {
      ASSERT_EQ(f.size(), t.size());
      ASSERT_EQ(find_probe(f).value().probe.sequence, next++);
      ASSERT_TRUE(oracle::frame_is_right(f));
    }
    EXPECT_EQ(next, 3200u);
  }
}

TEST(AfXdpStamps, ResultsSayWhoStampedDepartures) {
  RunResult r{.audit = Audit(1, 1)};
  r.departures.emplace();
  r.departures->record(100, 0);
  EXPECT_EQ(to_json(r)["departure"]["stamp"], "software") << "none came";
  r.departures->record(100, 90);
  r.departures->record(100, 350);
  const auto sum = to_json(merge_results({r, r}))["departure"];
  EXPECT_EQ(sum["stamp"], "hardware");
  EXPECT_EQ(sum["missing"], 2);
  EXPECT_EQ(sum["negative"], 2);
  EXPECT_EQ(sum["delay"]["count"], 2);
  EXPECT_EQ(sum["delay"]["max_ns"], 250);
}

}  // namespace
}  // namespace hopcost::pktgen
