// Where taps can stand on a path, and which are open.
#include "campaign/bench/path.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/hopcost/paths.h"

namespace hopcost::campaign {
namespace {

using nlohmann::json;

std::vector<std::string> names(const std::vector<Point>& points) {
  std::vector<std::string> all;
  for (const Point& p : points) all.push_back(p.name);
  return all;
}

using Names = std::vector<std::string>;

TEST(Path, EndsAtTheSocketWithBpfAndAtTheDeviceWithout) {
  const Path path = bridge_path("a");
  const auto bpf = points_of(path, "bpf", false), copies = points_of(path, "af_packet", false);
  EXPECT_EQ(names(bpf), (Names{"wire", "port", "container", "socket"}));
  EXPECT_EQ(bpf.back().port, 9);
  EXPECT_EQ(bpf.back().netns, "hc-a-container");
  EXPECT_EQ(names(copies), (Names{"wire", "port", "container"}));
}

// A packet socket on the transmit side has every packet cloned, and a tracepoint sees the whole machine's.
TEST(Path, BpfTapsOnTheTransmitSideStandAtTc) {
  const auto points = points_of(bridge_path("a"), "bpf", false);
  EXPECT_EQ(points[0].hook, "");
  EXPECT_EQ(points[1].hook, "tc");
  for (const Point& p : points) EXPECT_EQ(p.tracepoint, "");
}

TEST(Path, FinePointsAreTheTracepointsBeforeEachTap) {
  const auto points = points_of(bridge_path("a"), "bpf", true);
  EXPECT_EQ(names(points),
            (Names{"wire.backlog", "wire.poll", "wire", "port.queue", "port", "container", "socket"}))
      << "a macvlan hands up by a call: no tracepoint fires for it";
  EXPECT_EQ(points[0].tracepoint, "netif_rx");
  EXPECT_EQ(points[1].tracepoint, "netif_receive_skb");
  EXPECT_EQ(points[3].tracepoint, "net_dev_queue");
}

Names open(const Path& path, bool all, std::optional<std::size_t> interior) {
  Names found;
  for (const json& t : taps_for(path, "bpf", all, interior)) found.push_back(t["name"]);
  return found;
}

TEST(Path, OneTapOrAllAreOpenBesidesTheEnds) {
  const Path path = bridge_path("a");
  EXPECT_EQ(open(path, false, {}), Names{"socket"});
  EXPECT_EQ(open(path, false, 0), (Names{"wire", "socket"}));
  EXPECT_EQ(open(path, false, 2), (Names{"container", "socket"}));
  EXPECT_EQ(open(path, true, {}), (Names{"wire", "port", "container", "socket"}));
}

// doc/control-protocol.md, `arm`.
TEST(Path, TapsAreNamedAsTheAnalyzerTakesThem) {
  Path path = bridge_path("a");
  const auto taps = taps_for(path, "bpf", true, {});
  EXPECT_EQ(
      taps[0],
      (json{
          {"name", "wire"}, {"netns", "hc-a-dut"}, {"device", "d0"}, {"direction", "in"}, {"kind", "bpf"}}));
  EXPECT_EQ(taps[1]["hook"], "tc");
  EXPECT_EQ(taps[3], (json{{"name", "socket"}, {"netns", "hc-a-container"}, {"port", 9}, {"kind", "bpf"}}));
  path.points = points_of(path, "bpf", true);
  EXPECT_EQ(taps_for(path, "bpf", true, {})[0]["tracepoint"], "netif_rx");
}

/// Containers behind one wire: an open tap there would cost the packets of all of them.
TEST(Path, APointThatOthersPassIsNoneButTheEnd) {
  std::vector<Path> paths = {bridge_path("a"), bridge_path("b")};
  drop_shared_points(paths);
  EXPECT_EQ(paths[0].points.size(), 4u) << "nothing is shared";
  for (Path& p : paths) p.built.taps[0].netns = p.points[0].netns = "/run/netns/engine";
  drop_shared_points(paths);
  for (const Path& p : paths) {
    ASSERT_EQ(p.points.size(), 3u);
    EXPECT_EQ(p.points[0].name, "port");
  }
  Path host = bridge_path("h");
  host.built.taps = {paths[0].built.taps[0]};
  host.points = points_of(host, "af_packet", false);
  paths.push_back(host);
  drop_shared_points(paths);
  EXPECT_EQ(paths.back().points.size(), 1u) << "host ends where others pass";
}

}  // namespace
}  // namespace hopcost::campaign
