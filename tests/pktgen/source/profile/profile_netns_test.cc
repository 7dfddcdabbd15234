// Frames of different sizes and captures, sent for real: what arrives is what was made, to the byte.
#include <gtest/gtest.h>

#include "tests/pktgen/netns_bench.h"
#include "tests/wire/tshark.h"
#include "wire/find_probe.h"
#include "wire/libpcap.h"

namespace hopcost::pktgen {
namespace {

class ProfilePorts : public testing::TestWithParam<const char*> {};

TEST_P(ProfilePorts, WhatArrivesIsWhatWasMade) {
  NEEDS_NETNS(pair);
  const std::string port = std::string(GetParam()) + "@" + pair.tx();
  const ScratchFile sent(".pcapng");
  Listener listener(pair.rx());
  const auto ended =
      pktgen_run({"--port", port, "--dst-mac", pair.rx_mac(), "--profile",
                  "eth/ipv4(dst=198.19.0.1..198.19.1.0)/udp(src_port=~1..65535) size=imix weight=2; "
                  "eth/ipv6(flow_label=0..1048575)/tcp(seq=~0..4294967295) size=~100..1518",
                  "--rate", "20kpps", "--count", "900", "--write", sent.path(), "--json"});
  ASSERT_EQ(ended.exit, 0) << ended.err;
  const auto received = listener.frames(901);
  const auto made = frames_in(sent.path());
  ASSERT_EQ(made.size(), 900u);
  ASSERT_EQ(received.size(), made.size());
  for (std::size_t i = 0; i < made.size(); ++i) ASSERT_EQ(received[i], made[i]) << i;
  const auto j = ended.json();
  EXPECT_EQ(j["profile"]["flows"][0]["sent"], 600);
  EXPECT_EQ(j["profile"]["flows"][1]["sent"], 300);
  std::uint64_t bytes = 0;
  for (const auto& f : made) bytes += f.size();
  EXPECT_EQ(j["sent_bytes"], bytes);

  // And the capture once more, as fast as it goes.
  const auto replayed = pktgen_run({"--port", port, "--replay", sent.path(), "--rate", "max", "--json"});
  ASSERT_EQ(replayed.exit, 0) << replayed.err;
  const auto again = listener.frames(901);
  ASSERT_EQ(again.size(), made.size());
  for (std::size_t i = 0; i < made.size(); ++i) ASSERT_EQ(again[i], made[i]) << i;
}

INSTANTIATE_TEST_SUITE_P(Ports, ProfilePorts, testing::Values("af_packet:t0", "af_xdp:t0"));

TEST(ProfileNetns, SizesInTheRingsSlotsNeverMixUp) {
  NEEDS_NETNS(pair);
  Listener listener(pair.rx());
  const auto ended =
      pktgen_run({"--port", "af_packet:t0@" + pair.tx(), "--dst-mac", pair.rx_mac(), "--profile",
                  "eth/ipv4/udp size=1518|64|1518|65", "--rate", "50kpps", "--count", "2000", "--quiet"});
  ASSERT_EQ(ended.exit, 0) << ended.err;
  const auto frames = listener.frames(2001);
  ASSERT_EQ(frames.size(), 2000u);
  for (std::size_t i = 0; i < 2000; ++i)
    ASSERT_EQ(frames[i].size(), (i % 2 == 0 ? 1514u : i % 4 == 1 ? 60u : 61u)) << i;
}

TEST(ProfileNetns, RecordedTimesAreKept) {
  NEEDS_NETNS(pair);
  const ScratchFile capture(".pcapng"), sent(".pcapng");
  ASSERT_EQ(
      pktgen_run({"--port", "pcap:" + capture.path(), "--rate", "1kpps", "--count", "50", "--quiet"}).exit,
      0);
  const auto ended = pktgen_run({"--port", "af_packet:t0@" + pair.tx(), "--replay", capture.path(), "--speed",
                                 "0.5", "--write", sent.path(), "--json"});
  ASSERT_EQ(ended.exit, 0) << ended.err;
  EXPECT_NEAR(ended.json()["elapsed_ns"].get<double>(), 98e6, 30e6);
  EXPECT_EQ(ended.json()["sent"], 50);
  EXPECT_EQ(ended.json()["replay"]["fault"], nullptr);
}

TEST(ProfileNetns, AShareOfTheLinkIsAShareOfItsSpeed) {
  NEEDS_NETNS(pair);
  const auto ended = pktgen_run({"--port", "af_packet:t0@" + pair.tx(), "--dst-mac", kForeign, "--rate",
                                 "0.1%", "--size", "1518", "--count", "100", "--json"});
  ASSERT_EQ(ended.exit, 0) << ended.err;
  // veth says 10 Gbit/s; 1538 bytes each on the wire (IEEE 802.3: 1518, preamble and gap 20).
  EXPECT_NEAR(ended.json()["load"]["rate_pps"].get<double>(), 10e9 * 0.001 / 8 / 1538, 1e-3);
}

TEST(ProfileNetns, BadProfilesAndCapturesEndBeforeAnythingIsSent) {
  NEEDS_NETNS(pair);
  const std::string port = "af_packet:t0@" + pair.tx();
  const auto run = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {"--port", port, "--count", "1", "--quiet"});
    return pktgen_run(more);
  };
  auto ended = run({"--profile", "eth/ipv4/udp size=9000", "--dst-mac", kForeign});
  EXPECT_EQ(ended.exit, 2);
  EXPECT_NE(ended.err.find("MTU of 1500"), std::string::npos) << ended.err;
  ended = run({"--profile", "imix"});
  EXPECT_EQ(ended.exit, 2);
  EXPECT_NE(ended.err.find("--dst-mac"), std::string::npos) << ended.err;
  EXPECT_EQ(run({"--replay", "/nonexistent"}).exit, 4);
  EXPECT_EQ(run({"--replay", "/etc/passwd"}).exit, 2);
  EXPECT_EQ(run({"--profile", "nosuch", "--dst-mac", kForeign}).exit, 4);
}

TEST(ProfileNetns, EachFlowIsAccountedForOnItsOwn) {
  NEEDS_NETNS(pair);
  // The second flow is for somebody else, but the receiver's tap sees it; the third has probes in half its
  // frames.
  const auto ended = pktgen_run(
      {"--port", "af_packet:t0@" + pair.tx(), "--rx-port", "af_packet:d0@" + pair.rx(), "--dst-mac",
       pair.rx_mac(), "--profile",
       "eth/ipv4/udp id=3; eth(dst=02:00:00:00:00:fe)/ipv6/tcp size=200 id=9; eth/ipv6/udp size=70|90",
       "--rate", "6kpps", "--count", "600", "--json"});
  ASSERT_EQ(ended.exit, 0) << ended.err << ended.out;
  const auto rx = ended.json()["rx"];
  ASSERT_EQ(rx["flows"].size(), 3u) << rx;
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(rx["flows"][i]["flow"], (std::array{3, 9, 10}[i]));
    EXPECT_EQ(rx["flows"][i]["received"], i == 2 ? 100 : 200);
    EXPECT_EQ(rx["flows"][i]["lost"], 0);
    EXPECT_GT(rx["flows"][i]["latency"]["p50_ns"], 0);
  }
  EXPECT_EQ(rx["foreign"], 100);
}

TEST(ProfileNetns, ReceivedFramesAreWritten) {
  NEEDS_NETNS(pair);
  const ScratchFile sent(".pcapng"), received(".pcapng");
  const auto ended =
      pktgen_run({"--port", "af_packet:t0@" + pair.tx(), "--rx-port", "af_packet:d0@" + pair.rx(),
                  "--dst-mac", pair.rx_mac(), "--rate", "5kpps", "--count", "200", "--write", sent.path(),
                  "--rx-write", received.path(), "--json"});
  ASSERT_EQ(ended.exit, 0) << ended.err;
  const auto in = frames_in(received.path());
  EXPECT_EQ(in, frames_in(sent.path()));
  EXPECT_EQ(in.size(), 200u);
}

TEST(ProfileNetns, AFilterPicksWhatIsWritten) {
  if (!libpcap::why_missing().empty()) GTEST_SKIP() << libpcap::why_missing();
  NEEDS_NETNS(pair);
  const auto written = [&](const std::string& filter) {
    const ScratchFile received(".pcapng");
    const auto ended = pktgen_run(
        {"--port", "af_packet:t0@" + pair.tx(), "--rx-port", "af_packet:d0@" + pair.rx(), "--dst-mac",
         pair.rx_mac(), "--profile", "eth/ipv4/udp(dst_port=9) size=100; eth/ipv4/udp(dst_port=11) size=100",
         "--rate", "5kpps", "--count", "200", "--rx-write", received.path(), "--filter", filter, "--json"});
    EXPECT_EQ(ended.exit, 0) << ended.err;
    EXPECT_EQ(ended.json()["rx"]["received"], 200) << "what is counted is all";
    EXPECT_EQ(ended.err.find("--filter picked none of 2") != std::string::npos, filter == "tcp") << ended.err;
    return frames_in(received.path()).size();
  };
  EXPECT_EQ(written("udp dst port 11"), 100u);
  EXPECT_EQ(written("tcp"), 0u);
  const auto mistake = pktgen_run({"--port", "null", "--rx-port", "af_packet:d0@" + pair.rx(), "--rx-write",
                                   "/dev/null", "--filter", "udp prt 9"});
  EXPECT_EQ(mistake.exit, 2);
  EXPECT_NE(mistake.err.find("can't parse filter expression"), std::string::npos) << mistake.err;
}

TEST(Program, StatsLinesAreJsonAndTheReportIsTheLastLine) {
  const auto ended = pktgen_run({"--port", "null", "--rate", "10kpps", "--duration", "500ms",
                                 "--stats-interval", "100ms", "--json", "--quiet"});
  ASSERT_EQ(ended.exit, 0) << ended.err;
  std::istringstream lines(ended.out);
  std::vector<nlohmann::json> read;
  for (std::string line; std::getline(lines, line);) read.push_back(nlohmann::json::parse(line));
  ASSERT_GE(read.size(), 4u);
  for (std::size_t i = 1; i + 1 < read.size(); ++i) EXPECT_GE(read[i]["sent"], read[i - 1]["sent"]);
  EXPECT_EQ(read.back()["schema"], "hopcost.pktgen/1");
}

TEST(Program, ShowWritesWhatTsharkReads) {
  const ScratchFile file(".pcapng");
  const auto ended = pktgen_run({"show", "vxlan", "--count", "5", "--pcap", file.path(), "-v"});
  ASSERT_EQ(ended.exit, 0) << ended.err;
  EXPECT_NE(ended.out.find("vxlan=1004"), std::string::npos) << ended.out;
  EXPECT_NE(ended.out.find("(right)"), std::string::npos);
  EXPECT_EQ(frames_in(file.path()).size(), 5u);
  if (have("tshark")) {
    EXPECT_EQ(tshark_fields(file.path(), {"vxlan.vni"}), "1000\n1001\n1002\n1003\n1004\n");
  }
}

}  // namespace
}  // namespace hopcost::pktgen
