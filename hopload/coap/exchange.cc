#include "hopload/coap/exchange.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "hopload/now.h"

namespace hopcost::hopload {
namespace {

constexpr double kMostRandom = 1.5;                   // RFC 7252 section 4.8: ACK_RANDOM_FACTOR
constexpr int kMaxRetransmit = 4;                     // section 4.8
constexpr std::int64_t kSeparateNs = 30'000'000'000;  // longest wait for a separate response
constexpr std::size_t kLongestBody = 1 << 24;

std::unexpected<Error> refused(const char* what, const CoapMessage& response) {
  return error(Exit::kFailure,
               fmt::format("the server answered the {} with {}{}", what, coap_code_text(response.code),
                           response.payload.empty() ? "" : ": " + response.payload));
}

std::unexpected<Error> malformed(const char* what) {
  return error(Exit::kFailure,
               fmt::format("the server answered the {} with a block that does not fit", what));
}

/// The response's block option; nothing if it has none.
std::optional<CoapBlock> block_of(const CoapMessage& response, std::uint16_t option) {
  const std::string* value = response.option(option);
  return value == nullptr ? std::nullopt : decode_block(*value);
}

}  // namespace

CoapExchange::CoapExchange(Fd socket, double ack_timeout_s, std::uint64_t seed)
    : socket_(std::move(socket)),
      ack_timeout_s_(ack_timeout_s),
      draw_(seed),
      next_id_(static_cast<std::uint16_t>(draw_.bits())),
      next_token_(draw_.bits()),
      buffer_(65'536) {}

Result<void> CoapExchange::put(const std::string& path, const std::string& body) {
  CoapBlock block;
  for (std::size_t sent = 0;;) {
    block.number = static_cast<std::uint32_t>(sent / block.size());
    const std::string part = body.substr(sent, block.size());
    block.more = sent + part.size() < body.size();
    auto response = ask(kCoapPut, path, {kCoapBlock1, encode(block)}, part);
    if (!response) return forward(response);
    if (response->code >> 5U != 2 || (response->code == kCoapContinue) != block.more)
      return refused("PUT", *response);
    if (!block.more) return {};
    const auto told = block_of(*response, kCoapBlock1);
    if (!told || told->number != block.number || told->size_exponent > block.size_exponent)
      return malformed("PUT");
    sent += part.size();
    block.size_exponent = told->size_exponent;  // the server may ask for smaller blocks
  }
}

Result<std::string> CoapExchange::get(const std::string& path) {
  std::string body;
  CoapBlock block;
  for (;;) {
    block.number = static_cast<std::uint32_t>(body.size() / block.size());
    auto response = ask(kCoapGet, path, {kCoapBlock2, encode(block)}, "");
    if (!response) return forward(response);
    if (response->code >> 5U != 2) return refused("GET", *response);
    const auto came = block_of(*response, kCoapBlock2);
    if (!came) {
      if (!body.empty()) return malformed("GET");
      return std::move(response->payload);
    }
    const bool fits = came->number * came->size() == body.size() &&
                      came->size_exponent <= block.size_exponent &&
                      (!came->more || response->payload.size() == came->size());
    if (!fits || body.size() > kLongestBody) return malformed("GET");
    body += response->payload;
    if (!came->more) return body;
    block.size_exponent = came->size_exponent;
  }
}

Result<CoapMessage> CoapExchange::ask(std::uint8_t code, const std::string& path, CoapOption block,
                                      std::string payload) {
  const std::uint64_t token = ++next_token_;
  const CoapMessage request{.type = CoapType::kConfirmable,
                            .code = code,
                            .id = ++next_id_,
                            .token = std::string(reinterpret_cast<const char*>(&token), 4),
                            .options = {{kCoapUriPath, path}, std::move(block)},
                            .payload = std::move(payload)};
  const std::string datagram = encode(request);
  double wait_s = ack_timeout_s_ * (1 + (kMostRandom - 1) * draw_.unit());
  ++messages_;
  for (int sent = 0; sent <= kMaxRetransmit; ++sent, wait_s *= 2) {
    if (auto r = send(datagram); !r) return forward(r);
    if (sent > 0) ++retransmits_;
    auto heard = hear(request, now_ns() + static_cast<std::int64_t>(wait_s * 1e9));
    if (!heard) return forward(heard);
    if (heard->answered) return std::move(heard->response);
    if (heard->acknowledged) return await_separate(request);
  }
  return error(Exit::kFailure, fmt::format("nobody answered a request sent {} times", kMaxRetransmit + 1));
}

Result<void> CoapExchange::send(const std::string& datagram) {
  if (::send(socket_.get(), datagram.data(), datagram.size(), MSG_NOSIGNAL) ==
      static_cast<ssize_t>(datagram.size()))
    return {};
  return errno_error(errno, "send a CoAP message");
}

/// RFC 7252 section 5.2.2.
Result<CoapMessage> CoapExchange::await_separate(const CoapMessage& request) {
  const std::int64_t until_ns = now_ns() + kSeparateNs;
  while (now_ns() < until_ns) {
    auto heard = hear(request, until_ns);
    if (!heard) return forward(heard);
    if (heard->answered) return std::move(heard->response);
  }
  return error(Exit::kFailure, "a request was acknowledged, and not answered within 30 s");
}

/// Waits for a message about the request, until `until_ns`. Waits in the kernel, as ordinary programs do.
Result<CoapExchange::Heard> CoapExchange::hear(const CoapMessage& request, std::int64_t until_ns) {
  Heard heard;
  while (!heard.answered && !heard.acknowledged) {
    const std::int64_t left_ns = until_ns - now_ns();
    if (left_ns <= 0) break;
    const timespec left{left_ns / 1'000'000'000, left_ns % 1'000'000'000};
    pollfd p{socket_.get(), POLLIN, 0};
    if (::ppoll(&p, 1, &left, nullptr) <= 0) continue;
    const ssize_t n = ::recv(socket_.get(), buffer_.data(), buffer_.size(), MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (n < 0) return errno_error(errno, "receive a CoAP message");
    const auto came = decode_coap({buffer_.data(), static_cast<std::size_t>(n)});
    if (!came) continue;
    if (auto r = take(request, *came, heard); !r) return forward(r);
  }
  return heard;
}

/// Messages about earlier requests are ignored, but a confirmable one is acknowledged.
Result<void> CoapExchange::take(const CoapMessage& request, const CoapMessage& came, Heard& heard) {
  const bool reply = came.type == CoapType::kAcknowledgement || came.type == CoapType::kReset;
  if (reply && came.id != request.id) return {};
  if (came.type == CoapType::kReset) return error(Exit::kFailure, "the server rejected the request (reset)");
  if (came.type == CoapType::kConfirmable) {
    const CoapMessage acknowledgement{
        .type = CoapType::kAcknowledgement, .id = came.id, .token = {}, .options = {}, .payload = {}};
    if (auto r = send(encode(acknowledgement)); !r) return r;
  }
  heard.acknowledged = came.type == CoapType::kAcknowledgement && came.code == kCoapEmpty;
  if (heard.acknowledged || came.token != request.token) return {};
  heard.answered = true;
  heard.response = came;
  return {};
}

}  // namespace hopcost::hopload
