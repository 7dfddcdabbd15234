// Sends confirmable requests over UDP and receives their responses, with acknowledgement and retransmission
// (RFC 7252 section 4.2) and bodies in blocks (RFC 7959). One request at a time (NSTART of 1). One owner
// thread. Includes base.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/random.h"
#include "base/result.h"
#include "hopload/coap/message.h"

namespace hopcost::hopload {

/// RFC 7252 section 4.8: the default ACK_TIMEOUT.
inline constexpr double kCoapAckTimeoutS = 2;

/// A socket and the state of the requests on it.
class CoapExchange {
 public:
  /// `socket` is a connected UDP socket. `seed` determines message IDs, tokens and timeouts.
  CoapExchange(Fd socket, double ack_timeout_s, std::uint64_t seed);

  /// Puts `body` at /`path`, in blocks of 1024 bytes, or smaller ones if the server asks for them. Errors:
  /// kFailure when nobody answers, or with the response's code.
  [[nodiscard]] Result<void> put(const std::string& path, const std::string& body);
  /// Gets what is at /`path`. Errors: as put().
  [[nodiscard]] Result<std::string> get(const std::string& path);

  /// Messages sent, without retransmissions.
  [[nodiscard]] std::uint64_t messages() const noexcept { return messages_; }
  /// Retransmissions.
  [[nodiscard]] std::uint64_t retransmits() const noexcept { return retransmits_; }

 private:
  /// What the other side has sent about the current request.
  struct Heard {
    bool acknowledged = false;  ///< The answer will come separately.
    bool answered = false;
    CoapMessage response;
  };
  [[nodiscard]] Result<CoapMessage> ask(std::uint8_t code, const std::string& path, CoapOption block,
                                        std::string payload);
  [[nodiscard]] Result<void> send(const std::string& datagram);
  [[nodiscard]] Result<Heard> hear(const CoapMessage& request, std::int64_t until_ns);
  [[nodiscard]] Result<CoapMessage> await_separate(const CoapMessage& request);
  [[nodiscard]] Result<void> take(const CoapMessage& request, const CoapMessage& came, Heard& heard);

  Fd socket_;
  double ack_timeout_s_;
  Random draw_;
  std::uint16_t next_id_;
  std::uint64_t next_token_;
  std::vector<char> buffer_;
  std::uint64_t messages_ = 0, retransmits_ = 0;
};

}  // namespace hopcost::hopload
