// Scrapes over real sockets, by clients that behave and by clients that do not.
#include "base/metrics_server.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cstring>
#include <filesystem>
#include <fstream>

#include "base/http_request.h"

namespace hopcost {
namespace {

using namespace std::chrono_literals;

std::string socket_path() {
  return std::filesystem::temp_directory_path() / ("hopcost-metrics-" + std::to_string(getpid()));
}

/// A client that never waits; the server runs in the same thread.
class Client {
 public:
  explicit Client(const std::string& path) : fd_(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0)) {
    sockaddr_un a{};
    a.sun_family = AF_UNIX;
    std::strcpy(a.sun_path, path.c_str());
    connected_ = ::connect(fd_.get(), reinterpret_cast<sockaddr*>(&a), sizeof a) == 0;
  }
  Client(int port, bool v6) : fd_(::socket(v6 ? AF_INET6 : AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in a{};
    sockaddr_in6 a6{};
    a.sin_family = AF_INET;
    a6.sin6_family = AF_INET6;
    a.sin_port = a6.sin6_port = htons(static_cast<std::uint16_t>(port));
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    a6.sin6_addr = in6addr_loopback;
    connected_ = ::connect(fd_.get(), v6 ? reinterpret_cast<sockaddr*>(&a6) : reinterpret_cast<sockaddr*>(&a),
                           v6 ? sizeof a6 : sizeof a) == 0;
  }
  bool send(const std::string& text) { return ::send(fd_.get(), text.data(), text.size(), MSG_NOSIGNAL) > 0; }
  /// What has come; `ended` when the server closed.
  std::string receive() {
    char chunk[65536];
    for (ssize_t n; (n = ::recv(fd_.get(), chunk, sizeof chunk, MSG_DONTWAIT)) >= 0;) {
      if (n == 0) return ended_ = true, got_;
      got_.append(chunk, static_cast<std::size_t>(n));
    }
    ended_ = ended_ || errno == ECONNRESET;
    return got_;
  }
  [[nodiscard]] bool connected() const { return connected_; }
  [[nodiscard]] bool ended() const { return ended_; }

 private:
  Fd fd_;
  std::string got_;
  bool connected_ = false, ended_ = false;
};

const std::string kGet = "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n";

class Metrics : public testing::Test {
 protected:
  Metrics() : server_(std::move(*MetricsServer::open({.unix_path = socket_path()}))) {}
  void serve(std::chrono::milliseconds later = 0ms) {
    server_.serve(start_ + later, [this] { return ++rendered_, body_; });
  }
  MetricsServer::Clock::time_point start_ = MetricsServer::Clock::now();
  MetricsServer server_;
  std::string body_ = "# EOF\n";
  int rendered_ = 0;
};

TEST_F(Metrics, AScrape) {
  Client client(socket_path());
  ASSERT_TRUE(client.send(kGet));
  serve();
  const auto got = client.receive();
  EXPECT_TRUE(client.ended());
  EXPECT_EQ(got,
            "HTTP/1.1 200 OK\r\nContent-Type: application/openmetrics-text; version=1.0.0; charset=utf-8\r\n"
            "Content-Length: 6\r\nConnection: close\r\n\r\n# EOF\n");
}

TEST_F(Metrics, ARequestInPieces) {
  Client client(socket_path());
  for (const char c : kGet) {
    ASSERT_TRUE(client.send(std::string(1, c)));
    serve();
  }
  EXPECT_NE(client.receive().find("# EOF"), std::string::npos);
  EXPECT_EQ(rendered_, 1);
}

TEST_F(Metrics, NobodyAsksAndNothingIsRendered) {
  Client silent(socket_path());
  for (int i = 0; i < 10; ++i) serve();
  EXPECT_EQ(rendered_, 0);
}

TEST_F(Metrics, ManyAtOnceAreRenderedOnce) {
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 4; ++i) clients.emplace_back(std::make_unique<Client>(socket_path()))->send(kGet);
  serve();
  for (auto& c : clients) EXPECT_NE(c->receive().find("# EOF"), std::string::npos);
  EXPECT_EQ(rendered_, 1);
}

TEST_F(Metrics, OneWhoSaysNothingIsCutOffInTime) {
  Client silent(socket_path());
  silent.send("GET / HT");
  serve();
  serve(1999ms);
  silent.receive();
  EXPECT_FALSE(silent.ended());
  serve(2000ms);
  silent.receive();
  EXPECT_TRUE(silent.ended());
}

TEST_F(Metrics, OneWhoReadsNothingIsCutOffInTime) {
  body_.assign(std::size_t{8} << 20, 'x');
  Client lazy(socket_path());
  lazy.send(kGet);
  const auto before = MetricsServer::Clock::now();
  for (int i = 0; i < 100; ++i) serve();
  EXPECT_LT(MetricsServer::Clock::now() - before, 1s);
  EXPECT_EQ(rendered_, 1);
  serve(2000ms);
  EXPECT_LT(lazy.receive().size(), body_.size());
  EXPECT_TRUE(lazy.ended());
}

TEST_F(Metrics, ALongAnswerGoesInPieces) {
  body_.assign(std::size_t{4} << 20, 'x');
  Client client(socket_path());
  client.send(kGet);
  for (int i = 0; i < 1000 && !client.ended(); ++i) {
    serve();
    client.receive();
  }
  EXPECT_GT(client.receive().size(), body_.size());
}

TEST_F(Metrics, ACrowdThatSaysNothingDoesNotKeepAScraperOut) {
  std::vector<std::unique_ptr<Client>> crowd;
  for (int i = 0; i < 12; ++i) {
    crowd.push_back(std::make_unique<Client>(socket_path()));
    serve();
  }
  Client client(socket_path());
  client.send(kGet);
  serve();
  EXPECT_NE(client.receive().find("# EOF"), std::string::npos);
  int ended = 0;
  for (auto& c : crowd) ended += (c->receive(), c->ended());
  EXPECT_EQ(ended, 13 - static_cast<int>(MetricsServer::kMostClients));
}

TEST_F(Metrics, AnEndlessRequestIsRefused) {
  Client client(socket_path());
  for (int i = 0; i < 10; ++i) {
    client.send(std::string(1000, 'a'));
    serve();
  }
  EXPECT_EQ(client.receive().find("HTTP/1.1 400"), 0u);
}

TEST_F(Metrics, OneWhoLeavesIsForgotten) {
  for (int i = 0; i < 50; ++i) {
    Client(socket_path()).send(kGet);
    serve();
  }
  Client client(socket_path());
  client.send(kGet);
  serve();
  EXPECT_NE(client.receive().find("# EOF"), std::string::npos);
}

TEST(MetricsSocket, BothFamiliesOfLoopback) {
  for (const bool v6 : {false, true}) {
    auto server = MetricsServer::open({.unix_path = "", .v6 = v6, .port = 0});
    if (!server && v6) GTEST_SKIP() << "no IPv6 here: " << describe(server.error());
    ASSERT_TRUE(server);
    Client client(server->port(), v6);
    ASSERT_TRUE(client.connected());
    client.send(kGet);
    for (int i = 0; i < 500 && !client.ended(); ++i) {
      server->serve(MetricsServer::Clock::now(), [] { return std::string("# EOF\n"); });
      client.receive();
      usleep(1000);
    }
    EXPECT_NE(client.receive().find("# EOF"), std::string::npos);
  }
}

TEST(MetricsSocket, AFileLeftBehindIsReplacedAndOneInUseIsNot) {
  const auto path = socket_path();
  { const Fd left = std::move(*listen_at({.unix_path = path})); }
  ASSERT_TRUE(std::filesystem::exists(path));
  {
    const auto first = MetricsServer::open({.unix_path = path});
    ASSERT_TRUE(first);
    const auto second = MetricsServer::open({.unix_path = path});
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, Exit::kRefused);
  }
  EXPECT_FALSE(std::filesystem::exists(path));
  std::ofstream(path) << "precious";
  EXPECT_EQ(MetricsServer::open({.unix_path = path}).error().code, Exit::kRefused);
  EXPECT_EQ(std::filesystem::file_size(path), 8u);
  std::filesystem::remove(path);
}

TEST(LocalAddress, LoopbackAlone) {
  EXPECT_EQ(parse_local_address("unix:/run/x"), (LocalAddress{.unix_path = "/run/x"}));
  EXPECT_EQ(parse_local_address("127.0.0.1:9100"),
            (LocalAddress{.unix_path = "", .v6 = false, .port = 9100}));
  EXPECT_EQ(parse_local_address("[::1]:65535"), (LocalAddress{.unix_path = "", .v6 = true, .port = 65'535}));
  for (const std::string bad :
       {"", "9100", ":9100", "0.0.0.0:9100", "198.18.0.1:9100", "[::]:9100", "::1:9100", "localhost:9100",
        "127.0.0.1", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:65536", "127.0.0.1:80x", "127.0.0.1:-1",
        "127.0.0.10:80", "unix:"}) {
    const auto parsed = parse_local_address(bad);
    ASSERT_FALSE(parsed) << bad;
    EXPECT_EQ(parsed.error().code, Exit::kUsage);
  }
  EXPECT_FALSE(parse_local_address("unix:" + std::string(108, 'x')));
}

TEST(HttpRequest, Steps) {
  EXPECT_EQ(next_step("GET / HTTP/1.1\r\n"), HttpStep::kWait);
  EXPECT_EQ(next_step("GET / HTTP/1.1\r\n\r\n"), HttpStep::kMetrics);
  EXPECT_EQ(next_step("GET /metrics?name=x HTTP/1.0\r\n\r\n"), HttpStep::kMetrics);
  EXPECT_EQ(next_step("HEAD /metrics HTTP/1.1\r\n\r\n"), HttpStep::kHeadOnly);
  EXPECT_EQ(next_step("GET /secret HTTP/1.1\r\n\r\n"), HttpStep::kNotFound);
  EXPECT_EQ(next_step("POST /metrics HTTP/1.1\r\n\r\n"), HttpStep::kNotAllowed);
  for (const char* bad : {"\r\n\r\n", "GET\r\n\r\n", "GET /\r\n\r\n", "GET / SPDY\r\n\r\n", " \r\n\r\n"})
    EXPECT_EQ(next_step(bad), HttpStep::kBad) << bad;
  EXPECT_EQ(next_step(std::string(kLongestRequest, 'x')), HttpStep::kBad);
  EXPECT_EQ(http_answer(HttpStep::kHeadOnly, "12345").find("Content-Length: 5\r\n") == std::string::npos,
            false);
  EXPECT_TRUE(http_answer(HttpStep::kHeadOnly, "12345").ends_with("\r\n\r\n"));
}

}  // namespace
}  // namespace hopcost
