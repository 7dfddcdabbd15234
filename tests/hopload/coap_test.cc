// CoAP: messages as bytes, exchanges with servers that lose, wait, want smaller blocks or refuse, and with
// libcoap's.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <nlohmann/json.hpp>
#include <thread>

#include "hopload/coap/client.h"
#include "hopload/tool/tool.h"
#include "stats/hdr_codec.h"

namespace hopcost::hopload {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;
using namespace std::string_literals;

// RFC 7252 figure 16: GET coap://server/temperature and its answer.
const std::string kGet = "\x40\x01\x7d\x34\xbbtemperature"s;
const std::string kAnswer =
    "\x60\x45\x7d\x34\xff"
    "22.3 C"s;

TEST(CoapMessage, IsTheRfcsBytes) {
  CoapMessage get{.code = kCoapGet, .id = 0x7d34, .token = {}, .options = {}, .payload = {}};
  get.options.push_back({kCoapUriPath, "temperature"});
  EXPECT_EQ(encode(get), kGet);
  const auto answer = decode_coap(kAnswer);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->type, CoapType::kAcknowledgement);
  EXPECT_EQ(coap_code_text(answer->code), "2.05");
  EXPECT_EQ(answer->id, 0x7d34);
  EXPECT_EQ(answer->payload, "22.3 C");
  EXPECT_EQ(encode(*answer), kAnswer);
}

// Deltas and lengths at the borders between their three forms (section 3.1).
TEST(CoapMessage, LongOptionsComeBack) {
  CoapMessage m{.id = 1, .token = "12345678", .options = {}, .payload = "x"};
  m.code = kCoapPut;
  std::uint16_t number = 0;
  for (const unsigned delta : {0u, 12u, 13u, 268u, 269u, 60'000u}) {
    number = static_cast<std::uint16_t>(number + delta);
    for (const std::size_t length : {0u, 12u, 13u, 268u, 269u, 1000u})
      m.options.push_back({number, std::string(length, 'o')});
  }
  const auto back = decode_coap(encode(m));
  ASSERT_TRUE(back);
  ASSERT_EQ(back->options.size(), m.options.size());
  for (std::size_t i = 0; i < m.options.size(); ++i) {
    EXPECT_EQ(back->options[i].number, m.options[i].number);
    EXPECT_EQ(back->options[i].value, m.options[i].value);
  }
  EXPECT_EQ(back->token, m.token);
  EXPECT_EQ(back->payload, "x");
}

TEST(CoapMessage, WhatIsNoneIsNone) {
  EXPECT_FALSE(decode_coap(""));
  EXPECT_FALSE(decode_coap("\x80\x01\x7d\x34"s)) << "another version";
  EXPECT_FALSE(
      decode_coap("\x49\x01\x7d\x34"s
                  "123456789"s))
      << "a token of 9 bytes";
  EXPECT_FALSE(decode_coap("\x41\x00\x7d\x34t"s)) << "an empty message with a token";
  EXPECT_FALSE(decode_coap("\x60\x45\x7d\x34\xff"s)) << "a marker without a payload";
  EXPECT_FALSE(decode_coap("\x60\x45\x7d\x34\xf0"s)) << "a reserved delta";
  EXPECT_FALSE(decode_coap("\x60\x45\x7d\x34\x0f"s)) << "a reserved length";
  for (std::size_t n = 0; n < kGet.size(); ++n) {
    const auto part = decode_coap(kGet.substr(0, n));
    EXPECT_EQ(part.has_value(), n == 4) << n << ": a message without options is one";
  }
  CoapMessage far{.code = kCoapGet, .token = {}, .options = {{0xffff, ""}}, .payload = {}};
  std::string beyond = encode(far);
  EXPECT_TRUE(decode_coap(beyond));
  EXPECT_FALSE(decode_coap(beyond + "\x10"s)) << "an option above 65535";
}

TEST(CoapBlock, IsTheRfcsBytes) {
  EXPECT_EQ(encode(CoapBlock{0, false, 0}), "");
  EXPECT_EQ(encode(CoapBlock{1, true, 6}), "\x1e"s);
  EXPECT_EQ(encode(CoapBlock{16, false, 6}), "\x01\x06"s);
  EXPECT_EQ(encode(CoapBlock{0xfffff, true, 2}), "\xff\xff\xfa"s);
  const auto block = decode_block("\xff\xff\xfa"s);
  ASSERT_TRUE(block);
  EXPECT_EQ(block->number, 0xfffffu);
  EXPECT_TRUE(block->more);
  EXPECT_EQ(block->size(), 64u);
  EXPECT_EQ(decode_block("")->size(), 16u);
  EXPECT_FALSE(decode_block("1234"));
  EXPECT_FALSE(decode_block("\x07"s)) << "reserved";
}

/// A server of the test's own. `answer` makes datagrams of each request; none: it is lost.
class Server {
 public:
  using Answer = std::function<std::vector<CoapMessage>(const CoapMessage& request)>;
  explicit Server(Answer answer) : answer_(std::move(answer)) {
    sockaddr_in a{};
    a.sin_family = AF_INET;
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof a;
    fd_ = Fd(socket(AF_INET, SOCK_DGRAM, 0));
    const timeval soon{0, 20'000};
    setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &soon, sizeof soon);
    EXPECT_EQ(bind(fd_.get(), reinterpret_cast<sockaddr*>(&a), length), 0);
    getsockname(fd_.get(), reinterpret_cast<sockaddr*>(&a), &length);
    port_ = ntohs(a.sin_port);
    thread_ = std::jthread([this](const std::stop_token& stop) { serve(stop); });
  }
  [[nodiscard]] CoapSpec spec() const {
    CoapSpec s;
    s.address = "127.0.0.1";
    s.port = port_;
    s.ack_timeout_s = 0.05;
    return s;
  }

 private:
  void serve(const std::stop_token& stop) {
    std::vector<char> buffer(65'536);
    while (!stop.stop_requested()) {
      sockaddr_in from{};
      socklen_t length = sizeof from;
      const ssize_t n =
          recvfrom(fd_.get(), buffer.data(), buffer.size(), 0, reinterpret_cast<sockaddr*>(&from), &length);
      if (n < 0) continue;
      const auto request = decode_coap({buffer.data(), static_cast<std::size_t>(n)});
      if (!request) continue;
      for (const CoapMessage& m : answer_(*request)) {
        const std::string d = encode(m);
        (void)sendto(fd_.get(), d.data(), d.size(), 0, reinterpret_cast<sockaddr*>(&from), length);
      }
    }
  }
  Answer answer_;
  Fd fd_;
  std::uint16_t port_ = 0;
  std::jthread thread_;
};

CoapMessage reply(const CoapMessage& to, std::uint8_t code) {
  return {.type = CoapType::kAcknowledgement,
          .code = code,
          .id = to.id,
          .token = to.token,
          .options = {},
          .payload = {}};
}

/// Keeps what is put and gives it back, in blocks of 16 << `exponent` bytes.
class Store {
 public:
  explicit Store(std::uint8_t exponent = 6) : exponent_(exponent) {}
  CoapMessage operator()(const CoapMessage& request) {
    if (request.code == kCoapGet) return part(request);
    auto block = decode_block(*request.option(kCoapBlock1));
    if (block->number == 0) body_.clear();
    EXPECT_EQ(block->number * block->size(), body_.size()) << "the next part, and no other";
    EXPECT_TRUE(!block->more || request.payload.size() == block->size());
    block->size_exponent = std::min(block->size_exponent, exponent_);
    body_ += request.payload;
    CoapMessage answer = reply(request, block->more ? kCoapContinue : coap_code(2, 4));
    // RFC 7959 section 2.3: the number is of the block that came.
    answer.options.push_back({kCoapBlock1, encode(*block)});
    return answer;
  }
  [[nodiscard]] const std::string& body() const { return body_; }

 private:
  CoapMessage part(const CoapMessage& request) {
    auto block = *decode_block(*request.option(kCoapBlock2));
    block.size_exponent = std::min(block.size_exponent, exponent_);
    CoapMessage answer = reply(request, coap_code(2, 5));
    answer.payload = body_.substr(block.number * block.size(), block.size());
    block.more = block.number * block.size() + answer.payload.size() < body_.size();
    answer.options.push_back({kCoapBlock2, encode(block)});
    return answer;
  }
  std::string body_;
  std::uint8_t exponent_;
};

json quantum(const CoapSpec& spec, std::chrono::nanoseconds length = 50ms) {
  auto client = CoapClient::open(spec);
  if (!client) {
    ADD_FAILURE() << describe(client.error());
    return {};
  }
  auto answer = (*client)->run(length);
  if (!answer) ADD_FAILURE() << describe(answer.error());
  return answer.value_or(json::object());
}

TEST(Coap, BodiesGoAndComeInBlocks) {
  for (const std::uint8_t exponent : {6, 2, 0}) {
    Store store(exponent);
    Server server([&](const CoapMessage& r) { return std::vector{store(r)}; });
    CoapSpec spec = server.spec();
    for (const bool get : {false, true}) {
      spec.get = get;
      const json answer = quantum(spec, 20ms);
      EXPECT_EQ(store.body(), coap_body(1000)) << int{exponent};
      EXPECT_EQ(answer["figures"]["retransmits"], 0);
      const auto times = decode_base64(answer["histogram"].get<std::string>());
      ASSERT_TRUE(times);
      EXPECT_GT(times->count(), 0u);
    }
  }
}

TEST(Coap, WhatIsLostIsSentAgainAndCounted) {
  Store store;
  int n = 0;
  std::uint16_t last = 0;
  Server server([&](const CoapMessage& r) {
    if (r.id != last && n++ % 4 == 3) {  // one message in four, the first time
      last = r.id;
      return std::vector<CoapMessage>{};
    }
    last = r.id;
    return std::vector{store(r)};
  });
  const json figures = quantum(server.spec(), 300ms)["figures"];
  EXPECT_NEAR(figures["retransmits"].get<double>(), 25, 7);
  EXPECT_GT(figures["p50"].get<double>(), 0.05e9) << "of 4 messages one waits for its timeout";
}

TEST(Coap, AnAnswerMayComeApartFromTheAcknowledgement) {
  Store store;
  int acknowledged = 0;
  Server server([&](const CoapMessage& r) {
    if (r.type == CoapType::kAcknowledgement) {
      ++acknowledged;
      return std::vector<CoapMessage>{};
    }
    CoapMessage empty = reply(r, kCoapEmpty), answer = store(r);
    empty.token.clear();
    answer.type = CoapType::kConfirmable;
    answer.id = static_cast<std::uint16_t>(r.id + 1000);
    CoapMessage late = answer;  // of another request
    late.token = "none";
    return std::vector{empty, late, answer};
  });
  EXPECT_EQ(quantum(server.spec())["figures"]["retransmits"], 0);
  EXPECT_EQ(store.body(), coap_body(1000));
  EXPECT_GT(acknowledged, 8);
}

TEST(Coap, ARefusalOrSilenceVoidsTheQuantum) {
  const auto fault = [](Server::Answer answer) {
    const Server server(std::move(answer));
    const auto client = CoapClient::open(server.spec());
    return client ? "" : describe(client.error());
  };
  EXPECT_NE(fault([](const CoapMessage& r) { return std::vector{reply(r, coap_code(4, 5))}; }).find("4.05"),
            std::string::npos);
  const auto reset = [](const CoapMessage& r) {
    CoapMessage m = reply(r, kCoapEmpty);
    m.type = CoapType::kReset;
    m.token.clear();
    return std::vector{m};
  };
  EXPECT_NE(fault(reset).find("reset"), std::string::npos);
  EXPECT_NE(fault([](const CoapMessage& r) {
              return std::vector{reply(r, kCoapContinue)};
            }).find("a block that does not fit"),
            std::string::npos);
  const Server silent([](const CoapMessage&) { return std::vector<CoapMessage>{}; });
  CoapSpec spec = silent.spec();
  spec.ack_timeout_s = 0.01;
  const auto nobody = CoapClient::open(spec);
  ASSERT_FALSE(nobody);
  EXPECT_NE(describe(nobody.error()).find("sent 5 times"), std::string::npos);
}

TEST(Coap, LibcoapsServerTakesAndGives) {
  if (!find_tool({"coap-server-notls"})) GTEST_SKIP() << "coap-server-notls is not installed (libcoap3-bin)";
  ToolSpec tool{.command = {"coap-server-notls", "-A", "127.0.0.1", "-p", "{port}", "-d", "10"},
                .netns = "",
                .address = "127.0.0.1",
                .port = static_cast<std::uint16_t>(20'000 + getpid() % 20'000),
                .cpu = {}};
  const auto server = ToolServer::open(tool);
  ASSERT_TRUE(server) << describe(server.error());
  CoapSpec spec;
  spec.address = tool.address;
  spec.port = tool.port;
  spec.integers = 2000;
  for (const bool get : {false, true}) {
    spec.get = get;
    const json figures = quantum(spec)["figures"];
    EXPECT_GT(figures["transactions"].get<double>(), 0);
    EXPECT_LE(figures["p50"], figures["p99"]);
  }
}

TEST(Coap, BadRequestsAreRefused) {
  const json good = {{"address", "127.0.0.1"}, {"port", 1}};
  EXPECT_TRUE(read_coap_spec(good));
  for (const auto& [key, value] : {std::pair<const char*, json>{"method", "post"},
                                   {"integers", 0},
                                   {"integers", 200'000},
                                   {"ack_timeout_s", 0},
                                   {"port", 0}}) {
    json bad = good;
    bad[key] = value;
    EXPECT_FALSE(read_coap_spec(bad)) << bad;
  }
}

}  // namespace
}  // namespace hopcost::hopload
