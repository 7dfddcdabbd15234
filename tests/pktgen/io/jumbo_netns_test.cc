// AF_XDP on devices whose frames are longer than a page: they go over several chunks of memory.
#include <gtest/gtest.h>
#include <sys/utsname.h>

#include <cstdio>

#include "tests/pktgen/netns_bench.h"
#include "tests/wire/tshark.h"

namespace hopcost::pktgen {
namespace {

bool kernel_has_multi_buffer() {
  utsname name{};
  uname(&name);
  int major = 0, minor = 0;
  return std::sscanf(name.release, "%d.%d", &major, &minor) == 2 && (major > 6 || (major == 6 && minor >= 6));
}

void set_mtu(const NetnsPair& pair, int mtu) {
  shell("ip -n " + pair.tx() + " link set t0 mtu " + std::to_string(mtu) + " && ip -n " + pair.rx() +
        " link set d0 mtu " + std::to_string(mtu));
}

#define NEEDS_MULTI_BUFFER                                                                     \
  if (!kernel_has_multi_buffer()) GTEST_SKIP() << "this kernel has no XDP_USE_SG (Linux 6.6)"; \
  NEEDS_BACKEND("af_xdp");                                                                     \
  NEEDS_NETNS(pair);                                                                           \
  set_mtu(pair, 9000)

// Sizes about the borders of chunks, and up to the MTU: every byte arrives, at AF_XDP and at AF_PACKET.
TEST(JumboNetns, WhatArrivesIsWhatWasMade) {
  NEEDS_MULTI_BUFFER;
  for (const std::string receiver : {"af_packet", "af_xdp"}) {
    const ScratchFile sent(".pcapng"), received(".pcapng");
    const auto ended = pktgen_run(
        {"--port", "af_xdp:t0@" + pair.tx(), "--rx-port", port_on(receiver, "d0", pair.rx()), "--dst-mac",
         pair.rx_mac(), "--profile",
         "eth/ipv4/udp(src_port=~1..65535) size=64|3846|4095|4100|4101|8196|8197|9018", "--rate", "2kpps",
         "--count", "2000", "--write", sent.path(), "--rx-write", received.path(), "--json"});
    ASSERT_EQ(ended.exit, 0) << ended.err;
    EXPECT_EQ(ended.json()["sent"], 2000) << ended.err;
    EXPECT_EQ(ended.json()["rx"]["received"], 2000) << receiver;
    const Frames out = frames_in(sent.path()), in = frames_in(received.path());
    ASSERT_EQ(out.size(), 2000u);
    ASSERT_EQ(in.size(), 2000u) << receiver;
    for (std::size_t i = 0; i < out.size(); ++i) ASSERT_EQ(in[i], out[i]) << receiver << " " << i;
  }
}

TEST(JumboNetns, OneSizeAsFastAsItGoes) {
  NEEDS_MULTI_BUFFER;
  Listener listener(pair.rx());
  const auto ended = pktgen_run({"--port", "af_xdp:t0@" + pair.tx(), "--dst-mac", pair.rx_mac(), "--size",
                                 "9018", "--count", "5000", "--json"});
  ASSERT_EQ(ended.exit, 0) << ended.err;
  const auto frames = listener.frames(5000);
  EXPECT_EQ(frames.size(), 5000u);
  for (const auto& f : frames) ASSERT_EQ(f.size(), 9014u);
}

TEST(JumboNetns, AReflectorTurnsLongFramesAround) {
  NEEDS_MULTI_BUFFER;
  Program reflector(
      {"reflect", "--port", "af_xdp:d0@" + pair.rx(), "--json", "--stats-interval", "20ms", "--quiet"});
  ASSERT_FALSE(reflector.read_line().empty());
  const std::string port = "af_packet:t0@" + pair.tx();
  const auto ended = pktgen_run({"--port", port, "--rx-port", port, "--dst-mac", pair.rx_mac(), "--size",
                                 "9018", "--rate", "5kpps", "--count", "300", "--json"});
  ASSERT_EQ(ended.exit, 0) << ended.err;
  EXPECT_EQ(ended.json()["rx"]["received"], 300);
}

// Whatever the MTU: it is the capture's frames that have to fit.
TEST(JumboNetns, ACaptureIsJudgedByItsFrames) {
  NEEDS_BACKEND("af_xdp");
  NEEDS_NETNS(pair);
  set_mtu(pair, 9000);
  const ScratchFile capture(".pcapng");
  ASSERT_EQ(pktgen_run({"--port", "pcap:" + capture.path(), "--dst-mac", kForeign, "--count", "50"}).exit, 0);
  Listener listener(pair.rx());
  const auto ended = pktgen_run(
      {"--port", "af_xdp:t0@" + pair.tx(), "--replay", capture.path(), "--rate", "10kpps", "--json"});
  EXPECT_EQ(ended.exit, 0) << ended.err;
  EXPECT_EQ(listener.frames(50).size(), 50u);
}

}  // namespace
}  // namespace hopcost::pktgen
