// The control channel, line by line, as doc/control-protocol.md has it.
#include <gtest/gtest.h>

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

json run_request(const std::string& port, const std::string& dst_mac) {
  return {{"op", "run"},
          {"port", port},
          {"flow", 17},
          {"first_sequence", 500},
          {"count", 2000},
          {"duration_ns", nullptr},
          {"frame",
           {{"size", 64},
            {"dst_mac", dst_mac},
            {"src_ip", "198.18.0.1"},
            {"dst_ip", "198.18.0.2"},
            {"src_port", 9},
            {"dst_port", 9}}},
          {"rate_pps", 20000},
          {"gap", "jittered"},
          {"burst", 1},
          {"seed", 1}};
}

TEST(ControlNetns, HelloPingAndFarewell) {
  Conversation c;
  EXPECT_EQ(c.hello["hello"], "pktgen");
  EXPECT_EQ(c.hello["protocol"], 1);
  EXPECT_EQ(c.ask({{"op", "ping"}})["ok"], true);
  EXPECT_EQ(c.ask({{"op", "dance"}})["ok"], false);
  EXPECT_EQ(c.program.wait().exit, 0);  // its standard input is closed
}

TEST(ControlNetns, ManyPortsManyRuns) {
  NEEDS_NETNS(pair);
  Conversation c;
  std::vector<std::string> ports{"af_packet", "af_xdp"};
  if (has_backend("dpdk")) ports.push_back("dpdk:net_af_packet");
  for (const auto& backend : ports) {
    const std::string spec = port_on(backend, "t0", "");
    const json opened = c.ask({{"op", "open"}, {"port", backend}, {"spec", spec}, {"netns", pair.tx()}});
    ASSERT_EQ(opened["ok"], true) << opened.dump();
    EXPECT_EQ(opened["result"]["port"], backend);
    EXPECT_EQ(opened["result"]["driver"], backend.starts_with("dpdk") ? "net_af_packet" : "veth");
    for (const char* who : {"rx_stamp", "tx_stamp", "rate_limit"})
      EXPECT_EQ(opened["result"][who], "software") << port_on(backend, "t0", "");
    EXPECT_EQ(opened["result"]["mtu"], 1500);
    EXPECT_EQ(opened["result"]["mac"].get<std::string>().size(), 17u);
  }
  for (const auto& port : {ports[0], ports[1], ports.back(), ports[0], ports[1], ports.back()}) {
    Listener listener(pair.rx());
    const json answer = c.ask(run_request(port, pair.rx_mac()));
    ASSERT_EQ(answer["ok"], true) << answer.dump();
    const json& r = answer["result"];
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
    const auto frames = listener.frames(2001);
    ASSERT_EQ(frames.size(), 2000u);
    EXPECT_EQ(find_probe(frames[0])->probe.sequence, 500u);
    EXPECT_EQ(find_probe(frames[0])->probe.flow, 17);
  }
  EXPECT_EQ(c.ask({{"op", "close"}, {"port", "af_xdp"}})["ok"], true);
  EXPECT_EQ(c.ask(run_request("af_xdp", pair.rx_mac()))["ok"], false);
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
  refused([](json& r) { r["port"] = "q"; });
  refused([](json& r) { r.erase("frame"); });
  refused([](json& r) { r["frame"]["size"] = 63; });
  refused([](json& r) { r["frame"]["dst_mac"] = 5; });
  refused([](json& r) { r["frame"].erase("dst_ip"); });
  refused([](json& r) { r["count"] = nullptr; });
  refused([](json& r) { r["count"] = 0; });
  refused([](json& r) { r["count"] = -3; });
  refused([](json& r) { r["burst"] = 0; });
  refused([](json& r) { r["gap"] = "odd"; });
  refused([](json& r) { r["flow"] = 70000; });
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
    flows["profile"] = "eth/ipv4/udp size=64|1518 id=40; eth/ipv6/udp size=200 id=41";
    flows["count"] = 300;
    const json answer = c.ask(flows);
    ASSERT_EQ(answer["ok"], true) << answer;
    EXPECT_EQ(answer["result"]["flows"][1]["sent"], 150);
    EXPECT_EQ(listener.frames(301).size(), 300u);
    // 1518 is as long as the profile's longest, so the ring stays.
    for (const int size : {1518, 64}) {
      json fixed = run_request("p", pair.rx_mac());
      fixed["frame"]["size"] = size;
      fixed["count"] = 1500;
      ASSERT_EQ(c.ask(fixed)["result"]["sent"], 1500) << backend;
      const auto frames = listener.frames(1501);
      ASSERT_EQ(frames.size(), 1500u);
      for (const auto& f : frames) ASSERT_EQ(f.size(), static_cast<std::size_t>(size) - 4);
    }
    EXPECT_EQ(c.ask({{"op", "run"}, {"port", "p"}, {"profile", "eth/arp"}, {"count", 1}})["error"]["exit"],
              2);
  }
}

}  // namespace
}  // namespace hopcost::pktgen
