// Requests and responses over the loopback device: every one accounted for, and what happens when nobody
// answers.
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <ranges>
#include <thread>

#include "hopload/rr/client.h"
#include "hopload/rr/server.h"
#include "stats/hdr_codec.h"

namespace hopcost::hopload {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

RrSpec spec(bool tcp, std::uint32_t request, std::uint32_t response, std::uint32_t connections = 1,
            double rate = 0) {
  static std::atomic<std::uint16_t> next{0};
  RrSpec s;
  s.tcp = tcp;
  s.address = "127.0.0.1";
  s.port = static_cast<std::uint16_t>(20'000 + (getpid() * 16 + next++) % 20'000);
  s.request = request;
  s.response = response;
  s.connections = connections;
  s.rate = rate;
  return s;
}

json quantum(const RrSpec& s, std::chrono::nanoseconds length = 100ms) {
  auto server = RrServer::open(s);
  if (!server) ADD_FAILURE() << describe(server.error());
  auto client = RrClient::open(s);
  if (!client) ADD_FAILURE() << describe(client.error());
  auto answer = (*client)->run(length);
  if (!answer) ADD_FAILURE() << describe(answer.error());
  return answer.value_or(json::object());
}

class Rr : public testing::TestWithParam<bool> {};

TEST_P(Rr, EveryTransactionIsInTheHistogram) {
  for (const auto& [request, response] : {std::pair{1u, 1u}, {100u, 200u}, {1000u, 1000u}}) {
    const json answer = quantum(spec(GetParam(), request, response));
    const auto histogram = decode_base64(answer["histogram"].get<std::string>());
    ASSERT_TRUE(histogram);
    EXPECT_GT(histogram->count(), 10u);
    const json& f = answer["figures"];
    EXPECT_NEAR(f["transactions"].get<double>(), static_cast<double>(histogram->count()) / 0.1, 1e-6);
    EXPECT_EQ(f["lost"], 0);
    // One after the other: the transactions fill the quantum, all but the last one's end.
    EXPECT_GT(f["transactions"].get<double>() * f["mean"].get<double>(), 0.5e9) << f;
    EXPECT_LT(f["transactions"].get<double>() * f["mean"].get<double>(), 1.5e9) << f;
    EXPECT_LE(f["p50"], f["p90"]);
    EXPECT_LE(f["p90"], f["p99"]);
  }
}

TEST_P(Rr, SeveralConnectionsShareTheServer) {
  EXPECT_EQ(quantum(spec(GetParam(), 16, 16, 5))["figures"]["lost"], 0);
}

TEST_P(Rr, AnOpenLoopSendsAtItsRate) {
  const json answer = quantum(spec(GetParam(), 64, 64, 2, 2000), 500ms);
  EXPECT_NEAR(answer["figures"]["transactions"].get<double>(), 2000, 100);
  EXPECT_EQ(answer["figures"]["lost"], 0);
}

TEST_P(Rr, QuantaFollowEachOther) {
  const RrSpec s = spec(GetParam(), 64, 64, 1, 1000);
  auto server = RrServer::open(s);
  auto client = RrClient::open(s);
  ASSERT_TRUE(server && client);
  for (int i = 0; i < 3; ++i) {
    auto answer = (*client)->run(100ms);
    ASSERT_TRUE(answer) << describe(answer.error());
    EXPECT_EQ((*answer)["figures"]["lost"], 0);
  }
}

INSTANTIATE_TEST_SUITE_P(Over, Rr, testing::Bool(),
                         [](const auto& i) { return std::string(i.param ? "Tcp" : "Udp"); });

/// A server's socket that looks now and then whether it is to end.
Fd impatient(const RrSpec& s) {
  Fd fd = rr_listen(s).value_or(Fd());
  const timeval soon{0, 20'000};
  setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &soon, sizeof soon);
  return fd;
}

/// A server that answers each but every 10th datagram, and holds one up for 100 ms.
class Forgetful {
 public:
  Forgetful(const RrSpec& s, bool drops)
      : socket_(impatient(s)), thread_([this, drops](std::stop_token stop) {
          char buffer[2048];
          for (int i = 0; !stop.stop_requested();) {
            sockaddr_storage from{};
            socklen_t length = sizeof from;
            const ssize_t n = recvfrom(socket_.get(), buffer, sizeof buffer, 0,
                                       reinterpret_cast<sockaddr*>(&from), &length);
            if (n <= 0) continue;
            ++i;
            if (drops && i % 10 == 0) continue;
            if (!drops && i == 50) std::this_thread::sleep_for(100ms);
            (void)sendto(socket_.get(), buffer, static_cast<std::size_t>(n), 0,
                         reinterpret_cast<sockaddr*>(&from), length);
          }
        }) {}

 private:
  Fd socket_;
  std::jthread thread_;
};

/// A server that does with each datagram what `answer` says, with a way to send to who asked.
class Odd {
 public:
  using Send = std::function<void(const std::string&)>;
  Odd(const RrSpec& s, std::function<void(const std::string&, in_port_t, const Send&)> answer)
      : socket_(impatient(s)), thread_([this, answer = std::move(answer)](std::stop_token stop) {
          char buffer[2048];
          while (!stop.stop_requested()) {
            sockaddr_in from{};
            socklen_t length = sizeof from;
            const ssize_t n = recvfrom(socket_.get(), buffer, sizeof buffer, 0,
                                       reinterpret_cast<sockaddr*>(&from), &length);
            if (n <= 0) continue;
            answer({buffer, static_cast<std::size_t>(n)}, from.sin_port, [&](const std::string& text) {
              (void)sendto(socket_.get(), text.data(), text.size(), 0, reinterpret_cast<sockaddr*>(&from),
                           length);
            });
          }
        }) {}

 private:
  Fd socket_;
  std::jthread thread_;
};

// The copy of an answer would be taken for the next request's, at once.
TEST(RrFaults, ACopiedAnswerIsNotTheNextRequests) {
  for (const std::uint32_t size : {1u, 8u, 100u}) {
    const RrSpec s = spec(false, size, size);
    const Odd server(s, [](const std::string& request, in_port_t, const Odd::Send& send) {
      std::this_thread::sleep_for(2ms);
      send(request);
      send(request);
    });
    const Fd client = *rr_connect(s);
    const RrTally tally = ask_in_turn(client.get(), s, 100'000'000);
    EXPECT_EQ(tally.lost, 0u);
    EXPECT_GT(tally.latency.count(), 5u);
    EXPECT_GT(tally.latency.min(), 1'900'000u) << size << " B: the server sleeps 2 ms";
  }
}

TEST(RrFaults, ALateAnswerIsNotTheNextRequests) {
  const RrSpec s = spec(false, 8, 8);
  std::string before;
  const Odd server(s, [&](const std::string& request, in_port_t, const Odd::Send& send) {
    if (!before.empty()) send(before);
    before = request;
  });
  const Fd client = *rr_connect(s);
  // Two requests fit, also when a busy machine notices half a second late that the first got no answer.
  const RrTally tally = ask_in_turn(client.get(), s, 990'000'000);
  EXPECT_EQ(tally.latency.count(), 0u);
  EXPECT_EQ(tally.lost, 2u) << "each given up after half a second";
}

TEST(RrFaults, AnAnswerOfTheQuantumBeforeIsNoneOfThisOne) {
  const RrSpec s = spec(false, 8, 8, 1, 1000);
  std::atomic<bool> second{false};
  std::vector<std::string> kept;
  std::size_t sent = 0;
  const Odd server(s, [&](const std::string& request, in_port_t, const Odd::Send& send) {
    if (!second) {
      kept.push_back(request);
    } else if (sent < kept.size()) {
      send(kept[sent++]);
    }
  });
  const Fd client = *rr_connect(s);
  (void)ask_when_due(client.get(), s, 1000, 1, 50'000'000);
  second = true;
  const RrTally tally = ask_when_due(client.get(), s, 1000, 2, 50'000'000);
  EXPECT_GT(tally.lost, 30u);
  EXPECT_EQ(tally.latency.count(), 0u);
}

// Connections that leave in step hold each other up, and the figure is their queue's.
TEST(RrFaults, ConnectionsDoNotLeaveInStep) {
  const RrSpec s = spec(false, 8, 8, 4, 20);  // each has a gap of 200 ms
  std::map<in_port_t, std::chrono::steady_clock::time_point> first;
  {
    const Odd server(s, [&](const std::string& request, in_port_t from, const Odd::Send& send) {
      first.emplace(from, std::chrono::steady_clock::now());
      send(request);
    });
    auto client = RrClient::open(s);
    ASSERT_TRUE(client);
    ASSERT_TRUE((*client)->run(400ms));
  }
  ASSERT_EQ(first.size(), 4u);
  const auto when = [](const auto& f) { return f.second; };
  const auto [low, high] = std::ranges::minmax(first | std::views::transform(when));
  EXPECT_GT(high - low, 20ms) << "a tenth of a gap";
}

TEST(RrFaults, LostDatagramsAreCountedInAClosedLoop) {
  const RrSpec s = spec(false, 8, 8);
  const Forgetful server(s, true);
  const Fd client = *rr_connect(s);
  const RrTally tally = ask_in_turn(client.get(), s, 2'500'000'000);
  EXPECT_GE(tally.lost, 3u);
  EXPECT_NEAR(static_cast<double>(tally.latency.count()), 9.0 * static_cast<double>(tally.lost), 10);
  EXPECT_LT(tally.latency.max(), 500'000'000u) << "a lost one has no time";
}

TEST(RrFaults, LostDatagramsAreCountedInAnOpenLoop) {
  const RrSpec s = spec(false, 8, 8, 1, 1000);
  const Forgetful server(s, true);
  const Fd client = *rr_connect(s);
  const RrTally tally = ask_when_due(client.get(), s, 1000, 1, 500'000'000);
  EXPECT_NEAR(static_cast<double>(tally.lost), 50, 6);
  EXPECT_NEAR(static_cast<double>(tally.latency.count() + tally.lost), 500, 30);
}

// Requests that were due during a stall are late by what was left of it: no omission.
TEST(RrFaults, AStallShowsInAllRequestsThatWereDue) {
  const RrSpec s = spec(false, 8, 8, 1, 1000);
  const Forgetful server(s, false);
  const Fd client = *rr_connect(s);
  const RrTally tally = ask_when_due(client.get(), s, 1000, 1, 500'000'000);
  EXPECT_EQ(tally.lost, 0u);
  EXPECT_NEAR(static_cast<double>(tally.latency.count_between(50'000'000, 100'000'000'000)), 50, 10);
}

TEST(RrFaults, NobodyThere) {
  EXPECT_FALSE(RrClient::open(spec(true, 1, 1)));
  auto client = RrClient::open(spec(false, 1, 1));
  ASSERT_TRUE(client);
  auto answer = (*client)->run(50ms);
  ASSERT_FALSE(answer);
  EXPECT_NE(answer.error().what.find("refused"), std::string::npos);
}

TEST(RrFaults, AServerThatGoesEndsTheQuantum) {
  const RrSpec s = spec(true, 1, 1);
  auto server = RrServer::open(s);
  auto client = RrClient::open(s);
  ASSERT_TRUE(server && client);
  std::jthread end([&] {
    std::this_thread::sleep_for(50ms);
    server->reset();
  });
  auto answer = (*client)->run(2s);
  ASSERT_FALSE(answer);
  EXPECT_NE(answer.error().what.find("closed the connection"), std::string::npos) << answer.error().what;
}

}  // namespace
}  // namespace hopcost::hopload
