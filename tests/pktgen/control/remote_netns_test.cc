// A run that others steer and watch: control socket, metrics, stats lines, several workers and receivers at
// once.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <filesystem>
#include <sstream>
#include <thread>

#include "base/result.h"
#include "tests/pktgen/control/control_client.h"
#include "tests/pktgen/netns_bench.h"
#include "tests/support/openmetrics_oracle.h"

namespace hopcost::pktgen {
namespace {

TEST(Remote, APausedRunBeginsStopsAndBeginsAnew) {
  const SocketPath at("pktgen-control-");
  Program p({"--port", "null,queue=0-1", "--rate", "10kpps", "--duration", "60s", "--json", "--quiet",
             "--control-socket", at.path, "--paused"});
  Client c(at.path);
  EXPECT_EQ(c.hello()["hello"], "pktgen");
  EXPECT_EQ(c.hello()["protocol"], 2);
  struct stat file {};
  ASSERT_EQ(::stat(at.path.c_str(), &file), 0);
  EXPECT_EQ(file.st_mode & 0777, 0600u);
  EXPECT_EQ(c.result({{"op", "status"}})["state"], "idle");
  EXPECT_EQ(c.result({{"op", "counters"}})["sent"], 0);
  EXPECT_EQ(c.ask({{"op", "stop"}})["ok"], false);
  for (int run = 1; run <= 2; ++run) {
    EXPECT_EQ(c.result({{"op", "start"}})["run"], run);
    EXPECT_EQ(c.ask({{"op", "start"}})["ok"], false);
    await_sent(c, 20);
    EXPECT_EQ(c.result({{"op", "status"}})["state"], "running");
    const json result = c.result({{"op", "stop"}});
    EXPECT_EQ(result["partial"], "stopped");
    EXPECT_LT(result["sent"].get<std::uint64_t>(), 600000u);
    EXPECT_EQ(result["workers"].size(), 2u);
    EXPECT_EQ(json::parse(p.read_line(), nullptr, false)["sent"], result["sent"]);
    EXPECT_EQ(c.result({{"op", "counters"}})["sent"], result["sent"]);
  }
  c.result({{"op", "quit"}});
  const auto ended = p.wait();
  EXPECT_EQ(ended.exit, 0) << ended.err;
  EXPECT_FALSE(std::filesystem::exists(at.path));
}

TEST(Remote, AStartSaysHowMuchAndHowLong) {
  const SocketPath at("pktgen-control-");
  Program p({"--port", "null,queue=0-1", "--rate", "10kpps", "--duration", "60s", "--quiet",
             "--control-socket", at.path, "--paused"});
  Client c(at.path);
  EXPECT_EQ(c.ask({{"op", "result"}})["ok"], false) << "no run has ended";
  const auto run = [&](const json& start) {
    c.result(start);
    for (int i = 0; i < 1000 && c.result({{"op", "status"}})["state"] != "idle"; ++i)
      std::this_thread::sleep_for(5ms);
    return c.result({{"op", "result"}});
  };
  EXPECT_EQ(run({{"op", "start"}, {"count", 77}})["sent"], 77);
  EXPECT_EQ(run({{"op", "start"}})["sent"], 77) << "as the run before";
  const json timed = run({{"op", "start"}, {"rate", 1000}, {"duration", "100ms"}});
  EXPECT_GT(timed["sent"], 0);
  EXPECT_LE(timed["sent"], 102);  // fewer where the CPU is taken away before the end
  EXPECT_NEAR(timed["audit"]["offered_pps"].get<double>(), 1000, 1e-6);
  const json stepped = run({{"op", "start"}, {"rate", "2kpps/50ms,1kpps/50ms"}, {"duration", "100ms"}});
  EXPECT_GT(stepped["sent"], 0);
  EXPECT_LE(stepped["sent"], 154);
  EXPECT_EQ(c.ask({{"op", "start"}, {"count", 1}})["ok"], false) << "two workers";
  EXPECT_EQ(c.ask({{"op", "start"}, {"duration", 5}})["ok"], false);
  EXPECT_EQ(c.ask({{"op", "start"}, {"rate", "fast"}})["ok"], false);
  c.result({{"op", "start"}, {"duration", "60s"}});
  EXPECT_EQ(c.ask({{"op", "result"}})["ok"], false) << "it is under way";
  EXPECT_EQ(c.ask({{"op", "start"}, {"count", 10}})["ok"], false);
  c.result({{"op", "quit"}});
  EXPECT_EQ(p.wait().exit, 0);
}

TEST(Remote, SeveralBeginTogetherAtTheTimeTheyAreTold) {
  const std::vector<std::string> options = {"--port",     "null", "--rate",  "10kpps",
                                            "--duration", "50ms", "--quiet", "--control-socket"};
  const SocketPath here("pktgen-control-"), there("pktgen-also-");
  const auto with = [&](const SocketPath& at) {
    std::vector<std::string> all = options;
    all.insert(all.end(), {at.path, "--paused"});
    return all;
  };
  Program one(with(here)), other(with(there));
  Client a(here.path), b(there.path);
  const std::uint64_t now = kernel_clock_ns(CLOCK_REALTIME), at = now + 2 * kNsPerSecond;
  EXPECT_EQ(a.ask({{"op", "start"}, {"at_ns", now + 100 * kNsPerSecond}})["ok"], false) << "too far ahead";
  EXPECT_EQ(a.ask({{"op", "start"}, {"at_ns", "soon"}})["ok"], false);
  for (Client* c : {&a, &b}) EXPECT_EQ(c->result({{"op", "start"}, {"at_ns", at}})["run"], 1);
  EXPECT_EQ(b.result({{"op", "counters"}})["sent"], 0);
  for (Client* c : {&a, &b}) {
    while (c->result({{"op", "status"}})["state"] != "idle") std::this_thread::sleep_for(5ms);
    const json result = c->result({{"op", "result"}});
    EXPECT_GT(result["sent"], 0);
    // Not how late it was, but for when it was planned.
    EXPECT_NEAR(static_cast<double>(result["began_ns"].get<std::uint64_t>() - now), 2e9, 1e6);
    c->result({{"op", "start"}, {"at_ns", at}});  // has passed
    await_sent(*c, 1);
    EXPECT_GT(c->result({{"op", "stop"}})["began_ns"], at);
    c->result({{"op", "quit"}});
  }
  EXPECT_EQ(one.wait().exit + other.wait().exit, 0);
}

TEST(Remote, StandardInputAndOutputTakeTheSocketsPlace) {
  const auto pktgen = [](const std::string& requests) {
    std::string out;
    const std::string line = "printf '" + requests +
                             "' | $HOPCOST_PKTGEN --port null --rate 10kpps --quiet --paused "
                             "--control-socket -";
    std::FILE* const pipe = ::popen(line.c_str(), "r");
    char chunk[4096];
    for (std::size_t n; (n = std::fread(chunk, 1, sizeof chunk, pipe)) > 0;) out.append(chunk, n);
    const int status = ::pclose(pipe);
    return std::pair(status, out);
  };
  // The end of its input ends the run that lasts, too.
  const auto [status, out] = pktgen(R"({"id":1,"op":"start","duration":"60s"}\n{"id":2,"op":"status"}\n)");
  EXPECT_EQ(status, 0);
  std::vector<json> lines;
  std::istringstream in(out);
  for (std::string line; std::getline(in, line);) lines.push_back(json::parse(line, nullptr, false));
  ASSERT_EQ(lines.size(), 3u) << out;
  EXPECT_EQ(lines[0]["hello"], "pktgen");
  EXPECT_EQ(lines[1]["result"]["run"], 1);
  EXPECT_EQ(lines[2]["result"]["state"], "running");
  EXPECT_EQ(pktgen("").second.substr(0, 9), "{\"hello\":");
}

TEST(Remote, TheRateIsSetWhileItSends) {
  const SocketPath at("pktgen-control-");
  Program p({"--port", "null,queue=0-1", "--rate", "1kpps", "--count", "20000", "--json", "--quiet",
             "--control-socket", at.path});
  Client c(at.path);
  await_sent(c, 1);
  EXPECT_EQ(c.result({{"op", "rate"}, {"rate", "200kpps"}})["rate"], "200kpps");
  const auto j =
      json::parse(p.read_line(), nullptr, false);  // at 1 kpps it would take 20 s, and the line 10 s
  EXPECT_EQ(j["sent"], 20000);
  EXPECT_EQ(j["partial"], "");
  EXPECT_EQ(j["audit"]["rate_changes"], 2);
  EXPECT_EQ(j["workers"][1]["sent"], 10000);
  EXPECT_EQ(c.result({{"op", "rate"}, {"rate", 500}})["rate"], "500");
  EXPECT_EQ(c.result({{"op", "start"}})["run"], 2);
  EXPECT_EQ(c.result({{"op", "stop"}})["load"]["rate_pps"], 500.0);
  c.result({{"op", "quit"}});
  EXPECT_EQ(p.wait().exit, 0);
}

TEST(Remote, SeveralClientsAndBadRequests) {
  const SocketPath at("pktgen-control-");
  Program p({"--port", "null", "--duration", "60s", "--json", "--quiet", "--control-socket", at.path});
  Client first(at.path), second(at.path);
  EXPECT_EQ(first.ask_line("no json")["error"]["exit"], static_cast<int>(Exit::kUsage));
  EXPECT_EQ(first.ask({{"op", "explode"}, {"id", 7}})["id"], 7);
  EXPECT_EQ(first.ask({{"op", "rate"}})["ok"], false);
  EXPECT_EQ(first.ask({{"op", "rate"}, {"rate", "fast"}})["ok"], false);
  await_sent(second, 1);
  // It is flat out: no pace that could change.
  EXPECT_NE(
      second.ask({{"op", "rate"}, {"rate", "1kpps"}})["error"]["what"].get<std::string>().find("flat out"),
      std::string::npos);
  EXPECT_EQ(first.ask({{"op", "rate"}, {"rate", "1kpps..2kpps/1s"}})["ok"], false);
  EXPECT_EQ(second.result({{"op", "ping"}}), json::object());
  p.signal(SIGTERM);
  const auto ended = p.wait();
  EXPECT_EQ(ended.exit, static_cast<int>(Exit::kPartial)) << ended.err;
  EXPECT_EQ(ended.json()["stopped"], true);
}

TEST(Remote, ASocketFileLeftBehindIsReplacedAndOneInUseIsNot) {
  const SocketPath at("pktgen-control-");
  {
    Program killed({"--port", "null", "--duration", "60s", "--quiet", "--control-socket", at.path});
    (void)connect_to(at.path);
  }  // by SIGKILL
  ASSERT_TRUE(std::filesystem::exists(at.path));
  Program p(
      {"--port", "null", "--rate", "1kpps", "--duration", "60s", "--quiet", "--control-socket", at.path});
  Client c(at.path);
  EXPECT_EQ(c.hello()["hello"], "pktgen");
  const auto refused = pktgen_run({"--port", "null", "--count", "1", "--control-socket", at.path});
  EXPECT_EQ(refused.exit, static_cast<int>(Exit::kRefused)) << refused.err;
  c.result({{"op", "quit"}});
  EXPECT_EQ(p.wait().exit, 0);
}

std::string scrape(const std::string& path) {
  const Fd fd = connect_to(path);
  const std::string get = "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n";
  (void)!::write(fd.get(), get.data(), get.size());
  const std::string answer = read_all(fd);
  const auto body = answer.find("\r\n\r\n");
  return body == std::string::npos ? "" : answer.substr(body + 4);
}

// Between runs nobody reads the ring, and what did not fit in it is no fault of the next run's.
TEST(RemoteNetns, DropsOfIdleTimeAreNotOfTheNextRun) {
  NEEDS_NETNS(pair);
  for (const std::string backend : {"af_packet", "af_xdp"}) {
    if (!has_backend(backend)) continue;
    const SocketPath control("pktgen-control-");
    Program p({"--port", "af_packet:t0@" + pair.tx(), "--rx-port", port_on(backend, "d0", pair.rx()),
               "--dst-mac", pair.rx_mac(), "--rate", "5kpps", "--duration", "60s", "--json", "--quiet",
               "--control-socket", control.path, "--paused"});
    Client c(control.path);
    (void)pktgen_run({"--port", "af_packet:t0@" + pair.tx(), "--dst-mac", pair.rx_mac(), "--count", "6000",
                      "--rate", "20kpps", "--json"});
    c.result({{"op", "start"}});
    await_sent(c, 500);
    const json result = c.result({{"op", "stop"}});
    EXPECT_EQ(result["rx"]["ring_drops"], 0) << backend << result["rx"].dump();
    c.result({{"op", "quit"}});
    EXPECT_EQ(p.wait().exit, 0);
  }
}

/// That the OpenMetrics text has the counts of `result`, a run of two workers from port `port` and flow 3 on.
void expect_counts_of(const json& result, const std::string& text, const std::string& port) {
  const json j = parse_openmetrics(text);
  ASSERT_TRUE(j.is_object()) << text;
  const std::string labels = "{\"port\": \"" + port;
  EXPECT_EQ(j["hopcost_pktgen_sent_total" + labels + "\", \"worker\": \"0\"}"], result["workers"][0]["sent"]);
  EXPECT_EQ(j["hopcost_pktgen_sent_bytes_total" + labels + ",queue=1\", \"worker\": \"1\"}"],
            result["workers"][1]["sent_bytes"]);
  for (int w = 0; w < 2; ++w) {
    const std::string worker = "\"worker\": \"" + std::to_string(w) + "\"}";
    const std::string flow = "{\"flow\": \"" + std::to_string(3 + w) + "\", " + worker;
    EXPECT_EQ(j["hopcost_pktgen_flow_sent_total" + flow], result["workers"][w]["sent"]);
    EXPECT_EQ(j["hopcost_pktgen_flow_received_total" + flow], result["rx"]["flows"][w]["received"]);
    EXPECT_EQ(j["hopcost_pktgen_flow_missing" + flow], 0);
    EXPECT_EQ(j["hopcost_pktgen_lateness_seconds_count{" + worker],
              result["workers"][w]["audit"]["departures"]);
  }
  EXPECT_EQ(j["hopcost_pktgen_running{}"], 0);
}

TEST(RemoteNetns, AllWatchersOfTwoWorkersAndTwoReceivers) {
  NEEDS_QUEUES(pair, 2);
  const SocketPath control("pktgen-control-"), metrics("pktgen-metrics-");
  Program p({"--port",           "af_packet:t0@" + pair.tx() + ",queue=0-1",
             "--rx-port",        "af_packet:d0@" + pair.rx() + ",queue=0-1",
             "--dst-mac",        pair.rx_mac(),
             "--flow",           "3",
             "--rate",           "5kpps",
             "--duration",       "60s",
             "--json",           "--quiet",
             "--stats-interval", "50ms",
             "--control-socket", control.path,
             "--metrics",        "unix:" + metrics.path});
  Client c(control.path);
  await_sent(c, 1000);
  (void)scrape(metrics.path);
  c.result({{"op", "rate"}, {"rate", "10kpps"}});
  await_sent(c, 3000);
  const json result = c.result({{"op", "stop"}});
  EXPECT_EQ(result["rx"]["lost"], 0) << result["rx"].dump();
  const std::string text = scrape(metrics.path);
  EXPECT_TRUE(text.ends_with("# EOF\n")) << text;
  if (have_openmetrics_parser()) expect_counts_of(result, text, "af_packet:t0@" + pair.tx());
  c.result({{"op", "quit"}});
  const auto ended = p.wait();
  EXPECT_EQ(ended.exit, 0) << ended.err;
}

}  // namespace
}  // namespace hopcost::pktgen
