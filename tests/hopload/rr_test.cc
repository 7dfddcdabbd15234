// Requests and responses over the loopback device: every one accounted for, and what happens when nobody
// answers.
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <nlohmann/json.hpp>
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

/// A server that answers each but every 10th datagram, and holds one up for 100 ms.
class Forgetful {
 public:
  Forgetful(const RrSpec& s, bool drops)
      : socket_(*rr_listen(s)), thread_([this, drops](std::stop_token stop) {
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
