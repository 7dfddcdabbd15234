// A CoAP client that puts or gets a list of integers, and times it: one request after the other, from its
// first message to the last one of its answer. The control thread owns it. Includes base, stats.
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "hopload/coap/exchange.h"
#include "hopload/peer.h"
#include "hopload/side.h"

namespace hopcost::hopload {

/// As the request "prepare" has it (doc/control-protocol.md, "hopload").
struct CoapSpec : Peer {
  bool get = false;               ///< Else PUT.
  std::uint32_t integers = 1000;  ///< 1 to 100,000: 1, 2, 3, .., a line each.
  double ack_timeout_s = kCoapAckTimeoutS;
};

/// Errors: kUsage naming the member.
[[nodiscard]] Result<CoapSpec> read_coap_spec(const nlohmann::json& request);

/// "1\n2\n3\n".
[[nodiscard]] std::string coap_body(std::uint32_t integers);

/// Keeps its socket and its body from quantum to quantum.
class CoapClient : public Side {
 public:
  /// Connects, and puts the integers once: so there is something to get, and a server that answers.
  [[nodiscard]] static Result<std::unique_ptr<Side>> open(const CoapSpec& spec);

  [[nodiscard]] nlohmann::json describe() const override;
  [[nodiscard]] Result<nlohmann::json> run(std::chrono::nanoseconds length) override;
  [[nodiscard]] Result<void> check() override;

 private:
  CoapClient(CoapSpec spec, CoapExchange exchange)
      : spec_(std::move(spec)), body_(coap_body(spec_.integers)), exchange_(std::move(exchange)) {}
  [[nodiscard]] Result<void> once();
  [[nodiscard]] Result<nlohmann::json> measure(std::chrono::nanoseconds length);

  CoapSpec spec_;
  std::string body_;
  CoapExchange exchange_;
};

}  // namespace hopcost::hopload
