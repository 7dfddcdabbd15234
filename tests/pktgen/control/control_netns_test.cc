// The control channel, line by line, as doc/control-protocol.md has it.
#include <gtest/gtest.h>

#include <map>
#include <thread>

#include "stats/hdr_codec.h"
#include "tests/pktgen/netns_bench.h"
#include "wire/find_probe.h"

namespace hopcost::pktgen {
namespace {

using nlohmann::json;

/// A child and its answers.
struct Conversation {
  Program program{{"--control"}};
  int id = 0;
  json hello = json::parse(program.read_line(), nullptr, false);

  void say(json request) {
    request["id"] = ++id;
    program.write_line(request.dump());
  }
  json hear() { return json::parse(program.read_line(), nullptr, false); }
  json ask(json request) {
    say(std::move(request));
    return hear();
  }
};

json lane(const std::string& port, int flow, const std::string& dst_mac, int first_sequence = 0) {
  return {{"port", port},
          {"flow", flow},
          {"first_sequence", first_sequence},
          {"frame",
           {{"size", 64},
            {"dst_mac", dst_mac},
            {"src_ip", "198.18.0.1"},
            {"dst_ip", "198.18.0.2"},
            {"src_port", 9},
            {"dst_port", 9}}}};
}

json run_request(const std::string& port, const std::string& dst_mac) {
  return {{"op", "run"},       {"lanes", json::array({lane(port, 17, dst_mac, 500)})},
          {"count", 2000},     {"duration_ns", nullptr},
          {"rate_pps", 20000}, {"gap", "jittered"},
          {"burst", 1},        {"seed", 1}};
}

TEST(ControlNetns, HelloPingAndFarewell) {
  Conversation c;
  EXPECT_EQ(c.hello["hello"], "pktgen");
  EXPECT_EQ(c.hello["protocol"], 2);
  EXPECT_EQ(c.ask({{"op", "ping"}})["ok"], true);
  EXPECT_EQ(c.ask({{"op", "dance"}})["ok"], false);
  EXPECT_EQ(c.program.wait().exit, 0);  // its standard input is closed
}

/// Opens a port named after its backend, on t0 of the pair's sending end.
void expect_opened(Conversation& c, const std::string& backend, const NetnsPair& pair) {
  const std::string spec = port_on(backend, "t0", "");
  const json opened = c.ask({{"op", "open"}, {"port", backend}, {"spec", spec}, {"netns", pair.tx()}});
  ASSERT_EQ(opened["ok"], true) << opened.dump();
  const json& r = opened["result"];
  EXPECT_EQ(r["port"], backend);
  EXPECT_EQ(r["driver"], backend.starts_with("dpdk") ? "net_af_packet" : "veth");
  for (const char* who : {"rx_stamp", "tx_stamp", "rate_limit"}) EXPECT_EQ(r[who], "software") << spec;
  EXPECT_EQ(r["mtu"], 1500);
  EXPECT_EQ(r["mac"].get<std::string>().size(), 17u);
}

/// The result of run_request().
void expect_result(const json& r) {
  EXPECT_EQ(r["sent"], 2000);
  EXPECT_EQ(r["sent_bytes"], 120000);
  EXPECT_EQ(r["stopped"], false);
  EXPECT_EQ(r["audit"]["departures"], 2000);
  EXPECT_EQ(r["departure"],
            json({{"stamp", "software"}, {"missing", 0}, {"negative", 0}, {"delay", nullptr}}));
  EXPECT_EQ(r["audit"]["offered_pps"], 20000.0);
  EXPECT_EQ(decode_base64(r["audit"]["late_histogram"].get<std::string>()).value().count(), 2000u);
  EXPECT_EQ(decode_base64(r["audit"]["gap_error_histogram"].get<std::string>()).value().count(), 1999u);
  for (const char* key : {"cycles", "instructions", "context_switches", "page_faults", "missing"})
    EXPECT_TRUE(r["counters"].contains(key)) << key;
  for (const char* key : {"steal_ns", "softnet_dropped", "softnet_squeezed", "clock_step_ns", "elapsed_ns"})
    EXPECT_TRUE(r["host"].contains(key)) << key;
}

TEST(ControlNetns, ManyPortsManyRuns) {
  NEEDS_NETNS(pair);
  Conversation c;
  std::vector<std::string> ports{"af_packet", "af_xdp"};
  if (has_backend("dpdk")) ports.push_back("dpdk:net_af_packet");
  for (const auto& backend : ports) ASSERT_NO_FATAL_FAILURE(expect_opened(c, backend, pair));
  for (const auto& port : {ports[0], ports[1], ports.back(), ports[0], ports[1], ports.back()}) {
    Listener listener(pair.rx());
    const json answer = c.ask(run_request(port, pair.rx_mac()));
    ASSERT_EQ(answer["ok"], true) << answer.dump();
    expect_result(answer["result"]);
    const auto frames = listener.frames(2001);
    ASSERT_EQ(frames.size(), 2000u);
    EXPECT_EQ(find_probe(frames[0])->probe.sequence, 500u);
    EXPECT_EQ(find_probe(frames[0])->probe.flow, 17);
  }
  EXPECT_EQ(c.ask({{"op", "close"}, {"port", "af_xdp"}})["ok"], true);
  EXPECT_EQ(c.ask(run_request("af_xdp", pair.rx_mac()))["ok"], false);
}

/// What came in, by flow: sequences in the order they came.
std::map<std::uint16_t, std::vector<std::uint64_t>> by_flow(
    const std::vector<std::vector<std::byte>>& frames) {
  std::map<std::uint16_t, std::vector<std::uint64_t>> flows;
  for (const auto& f : frames)
    if (const auto probe = find_probe(f)) flows[probe->probe.flow].push_back(probe->probe.sequence);
  return flows;
}

/// A lane that sent `packets` in bursts of two.
void expect_lane(const json& l, const char* port, std::size_t flow, std::uint64_t packets) {
  EXPECT_EQ(l["port"], port);
  EXPECT_EQ(l["flow"], flow);
  EXPECT_EQ(l["sent"], packets);
  EXPECT_EQ(l["tx_errors"], 0);
  EXPECT_EQ(l["audit"]["departures"], packets / 2);
  EXPECT_LE(l["counters"]["packets"], packets);
  for (const char* key : {"cycles", "instructions", "context_switches", "page_faults", "missing"})
    EXPECT_TRUE(l["counters"].contains(key)) << key;
}

/// `count` packets, numbered from `first` on, in order.
void expect_numbered(const std::vector<std::uint64_t>& sequences, std::uint64_t first, std::uint64_t count) {
  ASSERT_EQ(sequences.size(), count);
  for (std::uint64_t i = 0; i < count; ++i) ASSERT_EQ(sequences[i], first + i);
}

// Two wires; lane 0 alone on the first, lanes 1 and 2 share the second.
TEST(ControlNetns, ThreeLanesTakeTurnsTwoOfThemOnOnePort) {
  NEEDS_NETNS(pair);
  NEEDS_NETNS(other);
  for (const std::string backend : {"af_packet", "af_xdp"}) {
    SCOPED_TRACE(backend);
    Conversation c;
    ASSERT_EQ(c.ask({{"op", "open"}, {"port", "a"}, {"spec", backend + ":t0@" + pair.tx()}})["ok"], true);
    ASSERT_EQ(c.ask({{"op", "open"}, {"port", "b"}, {"spec", backend + ":t0@" + other.tx()}})["ok"], true);
    Listener first(pair.rx()), second(other.rx());
    json request = run_request("a", pair.rx_mac());
    request["lanes"] = json::array(
        {lane("a", 17, pair.rx_mac(), 5), lane("b", 18, other.rx_mac()), lane("b", 19, other.rx_mac())});
    request["turns"] = {{"train", 8}, {"mirrored", true}, {"seed", 3}};
    request["count"] = nullptr;
    request["rounds"] = 20;
    request["burst"] = 2;
    const json answer = c.ask(request);
    ASSERT_EQ(answer["ok"], true) << answer;
    const json& r = answer["result"];
    constexpr std::uint64_t kEach = 20 * 2 * 8 * 2;
    EXPECT_EQ(r["sent"], 3 * kEach);
    EXPECT_EQ(r["audit"]["departures"], 3 * kEach / 2);
    ASSERT_EQ(r["lanes"].size(), 3u);
    for (std::size_t i = 0; i < 3; ++i) expect_lane(r["lanes"][i], i == 0 ? "a" : "b", 17 + i, kEach);
    auto a = by_flow(first.frames(kEach + 1)), b = by_flow(second.frames(2 * kEach + 1));
    EXPECT_EQ(a.size(), 1u);
    EXPECT_EQ(b.size(), 2u);
    expect_numbered(a[17], 5, kEach);
    expect_numbered(b[18], 0, kEach);
    expect_numbered(b[19], 0, kEach);
  }
}

TEST(ControlNetns, LanesThatCanNotBeOfOneRunAreRefusedInWords) {
  Conversation c;
  for (const char* port : {"p", "q"})
    ASSERT_EQ(c.ask({{"op", "open"}, {"port", port}, {"spec", "null"}})["ok"], true);
  ASSERT_EQ(c.ask({{"op", "open"}, {"port", "file"}, {"spec", "pcap:/dev/null"}})["ok"], true);
  const std::string mac = "02:00:00:00:00:02";
  const auto refused = [&](const std::string& why, auto change) {
    json request = run_request("p", mac);
    request["lanes"] = json::array({lane("p", 1, mac), lane("q", 2, mac)});
    request["turns"] = {{"train", 4}};
    change(request);
    const json answer = c.ask(request);
    EXPECT_EQ(answer["ok"], false) << answer;
    EXPECT_EQ(answer["error"]["exit"], 2) << answer;
    EXPECT_NE(answer["error"]["what"].get<std::string>().find(why), std::string::npos) << answer;
  };
  refused("lane", [](json& r) { r["lanes"] = json::array(); });
  refused("lanes", [](json& r) { r.erase("lanes"); });
  refused("lane 1: no port 'x'", [](json& r) { r["lanes"][1]["port"] = "x"; });
  refused("several lanes need turns", [](json& r) { r.erase("turns"); });
  refused("train", [](json& r) { r["turns"]["train"] = 0; });
  refused("train", [](json& r) { r["turns"].erase("train"); });
  refused("rate", [](json& r) { r["rate_pps"] = 0; });
  refused("null and pcap", [](json& r) { r["lanes"][1]["port"] = "file"; });
  refused("all profiles", [](json& r) { r["lanes"][1]["profile"] = "eth/ipv4/udp"; });
  refused("more than the flow", [](json& r) {
    r["lanes"][1]["port"] = "p";
    r["lanes"][1]["frame"]["size"] = 128;
  });
  refused("none of", [](json& r) { r["count"] = nullptr; });
  refused("rounds", [](json& r) {
    r["lanes"].erase(1);
    r.erase("turns");
    r["rounds"] = 2;
  });
}

TEST(ControlNetns, ARunOfLanesEndsWithARound) {
  Conversation c;
  for (const char* port : {"p", "q"})
    ASSERT_EQ(c.ask({{"op", "open"}, {"port", port}, {"spec", "null"}})["ok"], true);
  const std::string mac = "02:00:00:00:00:02";
  json whole = run_request("p", mac);
  whole["lanes"] = json::array({lane("p", 1, mac), lane("p", 2, mac), lane("q", 3, mac)});
  whole["turns"] = {{"train", 4}};
  whole["count"] = 25;  // ends with the second round of 24 packets
  const json answer = c.ask(whole);
  EXPECT_EQ(answer["result"]["sent"], 48) << answer;
}

TEST(ControlNetns, AStopThatComesWhileTheRequestIsReadHolds) {
  Conversation c;
  ASSERT_EQ(c.ask({{"op", "open"}, {"port", "p"}, {"spec", "null"}})["ok"], true);
  json request = run_request("p", "02:00:00:00:00:02");
  request["count"] = nullptr;
  request["duration_ns"] = 10'000'000'000;
  request["id"] = 7;
  c.program.write_line(request.dump() + "\n" + R"({"op":"stop"})");  // in one write
  const auto begin = std::chrono::steady_clock::now();
  const json answer = c.hear();
  EXPECT_EQ(answer["result"]["stopped"], true) << answer;
  EXPECT_LT(answer["result"]["elapsed_ns"], 9'000'000'000) << answer;
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(9));
  request["duration_ns"] = 1'000'000;
  EXPECT_EQ(c.ask(request)["result"]["stopped"], false);  // the stop was for the one before
}

TEST(ControlNetns, StopCutsARunShort) {
  Conversation c;
  ASSERT_EQ(c.ask({{"op", "open"}, {"port", "p"}, {"spec", "null"}})["ok"], true);
  json request = run_request("p", "02:00:00:00:00:02");
  request["count"] = nullptr;
  request["duration_ns"] = 60'000'000'000;
  c.say(request);
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  c.program.write_line(R"({"op":"stop"})");
  const json answer = c.hear();
  ASSERT_EQ(answer["ok"], true) << answer.dump();
  EXPECT_EQ(answer["result"]["stopped"], true);
  EXPECT_EQ(c.ask({{"op", "ping"}})["ok"], true);
}

TEST(ControlNetns, BadRequestsAreAnsweredAndServedOn) {
  Conversation c;
  ASSERT_EQ(c.ask({{"op", "open"}, {"port", "p"}, {"spec", "null"}})["ok"], true);
  const auto refused = [&](auto change) {
    json request = run_request("p", "02:00:00:00:00:02");
    change(request);
    const json answer = c.ask(request);
    EXPECT_EQ(answer["ok"], false) << request.dump();
    EXPECT_EQ(answer["error"]["exit"], 2) << answer.dump();
  };
  refused([](json& r) { r["lanes"][0]["port"] = "q"; });
  refused([](json& r) { r["lanes"][0].erase("frame"); });
  refused([](json& r) { r["lanes"][0]["frame"]["size"] = 63; });
  refused([](json& r) { r["lanes"][0]["frame"]["dst_mac"] = 5; });
  refused([](json& r) { r["lanes"][0]["frame"].erase("dst_ip"); });
  refused([](json& r) { r["count"] = nullptr; });
  refused([](json& r) { r["count"] = 0; });
  refused([](json& r) { r["count"] = -3; });
  refused([](json& r) { r["burst"] = 0; });
  refused([](json& r) { r["gap"] = "odd"; });
  refused([](json& r) { r["lanes"][0]["flow"] = 70000; });
  refused([](json& r) { r["rate_pps"] = -1; });
  EXPECT_EQ(c.ask({{"op", "open"}, {"port", "p"}, {"spec", "null"}})["ok"], false);
  EXPECT_EQ(c.ask({{"op", "open"}, {"port", "x"}, {"spec", "af_packet:t-pktgen0"}})["error"]["exit"], 4);
  EXPECT_EQ(c.ask(run_request("p", "02:00:00:00:00:02"))["ok"], true);
}

TEST(ControlNetns, AProfileAndThenAFixedFrameOnTheSamePort) {
  NEEDS_NETNS(pair);
  for (const std::string backend : {"af_packet", "af_xdp"}) {
    Listener listener(pair.rx());
    Conversation c;
    ASSERT_EQ(c.ask({{"op", "open"}, {"port", "p"}, {"spec", backend + ":t0@" + pair.tx()}})["ok"], true);
    json flows = run_request("p", pair.rx_mac());
    flows["lanes"][0]["profile"] = "eth/ipv4/udp size=64|1518 id=40; eth/ipv6/udp size=200 id=41";
    flows["count"] = 300;
    const json answer = c.ask(flows);
    ASSERT_EQ(answer["ok"], true) << answer;
    EXPECT_EQ(answer["result"]["lanes"][0]["flows"][1]["sent"], 150);
    EXPECT_EQ(listener.frames(301).size(), 300u);
    // 1518 is as long as the profile's longest, so the ring stays.
    for (const int size : {1518, 64}) {
      json fixed = run_request("p", pair.rx_mac());
      fixed["lanes"][0]["frame"]["size"] = size;
      fixed["count"] = 1500;
      ASSERT_EQ(c.ask(fixed)["result"]["sent"], 1500) << backend;
      const auto frames = listener.frames(1501);
      ASSERT_EQ(frames.size(), 1500u);
      for (const auto& f : frames) ASSERT_EQ(f.size(), static_cast<std::size_t>(size) - 4);
    }
    flows["lanes"][0]["profile"] = "eth/arp";
    flows["lanes"][0].erase("frame");
    EXPECT_EQ(c.ask(flows)["error"]["exit"], 2);
  }
}

}  // namespace
}  // namespace hopcost::pktgen
