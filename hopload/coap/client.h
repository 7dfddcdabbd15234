// A CoAP client that puts or gets a list of integers, one request after the other. It times each from its
// first message to the last one of its answer. The control thread owns it. Includes base, stats.
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "hopload/coap/exchange.h"
#include "hopload/peer.h"
#include "hopload/side.h"

namespace hopcost::hopload {

/// From the request "prepare" (doc/control-protocol.md, "hopload").
struct CoapSpec : Peer {
  bool get = false;               ///< False: PUT.
  std::uint32_t integers = 1000;  ///< How many: 1, 2, 3, ..., one per line. 1 to 100,000.
  double ack_timeout_s = kCoapAckTimeoutS;
};

/// Reads the request. Errors: kUsage naming the member.
[[nodiscard]] Result<CoapSpec> read_coap_spec(const nlohmann::json& request);

/// The body: for three integers "1\n2\n3\n".
[[nodiscard]] std::string coap_body(std::uint32_t integers);

/// The client side. Keeps its socket and body from quantum to quantum.
class CoapClient : public Side {
 public:
  /// Connects and puts the integers once, so that there is something to get and the server is known to
  /// answer. Errors: connect_to()'s; CoapExchange::put()'s.
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
