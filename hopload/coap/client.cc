#include "hopload/coap/client.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <thread>

#include "base/control.h"
#include "base/placement.h"
#include "hopload/now.h"
#include "hopload/times.h"

namespace hopcost::hopload {
namespace {

using nlohmann::json;

constexpr const char* kPath = "integers";
constexpr std::uint64_t kMostIntegers = 100'000;

}  // namespace

Result<CoapSpec> read_coap_spec(const json& request) {
  auto peer = read_peer(request);
  if (!peer) return forward(peer);
  const std::string method = get_string_or(request, "method", "put");
  if (method != "put" && method != "get")
    return error(Exit::kUsage, fmt::format("unknown method '{}'", method), "there are put and get");
  const std::uint64_t integers = get_uint_or(request, "integers", 1000);
  if (integers < 1 || integers > kMostIntegers)
    return error(Exit::kUsage, fmt::format("{} integers can't be put", integers),
                 fmt::format("1 to {}", kMostIntegers));
  const double timeout_s = get_number_or(request, "ack_timeout_s", kCoapAckTimeoutS);
  if (!(timeout_s >= 0.01 && timeout_s <= 60))
    return error(Exit::kUsage, fmt::format("an acknowledgement can't be waited for {} s", timeout_s),
                 "0.01 to 60 s");
  CoapSpec spec{std::move(*peer)};
  spec.get = method == "get";
  spec.integers = static_cast<std::uint32_t>(integers);
  spec.ack_timeout_s = timeout_s;
  return spec;
}

std::string coap_body(std::uint32_t integers) {
  std::string body;
  for (std::uint32_t i = 1; i <= integers; ++i) body += std::to_string(i) + "\n";
  return body;
}

Result<std::unique_ptr<Side>> CoapClient::open(const CoapSpec& spec) {
  auto socket = connect_to(spec);
  if (!socket) return forward(socket);
  CoapExchange exchange(std::move(*socket), spec.ack_timeout_s, static_cast<std::uint64_t>(now_ns()));
  std::unique_ptr<CoapClient> client(new CoapClient(spec, std::move(exchange)));
  if (auto r = client->exchange_.put(kPath, client->body_); !r) return forward(r);
  return std::unique_ptr<Side>(std::move(client));
}

json CoapClient::describe() const {
  json figures = time_kinds();
  figures.push_back(trouble_kind("retransmits"));
  return {{"figures", std::move(figures)}};
}

Result<void> CoapClient::once() {
  if (!spec_.get) return exchange_.put(kPath, body_);
  auto body = exchange_.get(kPath);
  if (!body) return forward(body);
  if (*body == body_) return {};
  return error(Exit::kFailure,
               fmt::format("{} bytes came back that are not the {} put there", body->size(), body_.size()));
}

Result<json> CoapClient::run(std::chrono::nanoseconds length) {
  Result<json> answer = json();
  std::jthread([&] {
    keep_to(spec_.cpu);
    answer = measure(length);
  }).join();
  return answer;
}

Result<json> CoapClient::measure(std::chrono::nanoseconds length) {
  HdrHistogram times;
  const std::uint64_t messages = exchange_.messages(), retransmits = exchange_.retransmits();
  const std::int64_t begin_ns = now_ns();
  std::int64_t now = begin_ns;
  while (now < begin_ns + length.count()) {
    if (auto r = once(); !r) return forward(r);
    const std::int64_t answered = now_ns();
    times.record(static_cast<std::uint64_t>(answered - now));
    now = answered;
  }
  json answer = answer_of(times, static_cast<double>(now - begin_ns) / 1e9);
  answer["figures"]["retransmits"] = 100 * static_cast<double>(exchange_.retransmits() - retransmits) /
                                     static_cast<double>(exchange_.messages() - messages);
  return answer;
}

Result<void> CoapClient::check() {
  return {};
}

}  // namespace hopcost::hopload
