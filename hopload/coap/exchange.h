// Confirmable requests over UDP and their responses: acknowledged and sent again as RFC 7252 section 4.2 has
// it, bodies in blocks as RFC 7959 has it. One request at a time (NSTART of 1). One owner thread. Includes
// base.
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

/// A socket, and which request is out on it.
class CoapExchange {
 public:
  /// `socket` is a connected UDP socket. `seed` is of message IDs, tokens and timeouts.
  CoapExchange(Fd socket, double ack_timeout_s, std::uint64_t seed);

  /// Puts `body` at /`path`, in blocks of 1024 bytes or what the server has room for. Errors: kFailure when
  /// nobody answers, or with the response's code.
  [[nodiscard]] Result<void> put(const std::string& path, const std::string& body);
  /// What stands at /`path`. Errors: as put().
  [[nodiscard]] Result<std::string> get(const std::string& path);

  /// Messages that were sent, without those sent again.
  [[nodiscard]] std::uint64_t messages() const noexcept { return messages_; }
  /// Those sent again.
  [[nodiscard]] std::uint64_t retransmits() const noexcept { return retransmits_; }

 private:
  /// What the other side said to the request that is out.
  struct Heard {
    bool acknowledged = false;  ///< An answer is to come.
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
