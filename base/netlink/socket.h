// Sends requests to the kernel over netlink and reads the answers. A socket stays in the network namespace it
// was opened in, even if its thread goes elsewhere. One thread at a time. Includes only base/.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "base/fd.h"
#include "base/netlink/message.h"
#include "base/result.h"

namespace hopcost::netlink {

/// One netlink socket.
class Socket {
 public:
  /// Opens a socket in the caller's current network namespace. `protocol`: NETLINK_ROUTE, NETLINK_GENERIC,
  /// ... of linux/netlink.h.
  [[nodiscard]] static Result<Socket> open(int protocol);

  /// Called with each message of an answer, which is valid during the call only.
  using Handler = std::function<void(const nlmsghdr*)>;
  /// Sends the request and waits for the acknowledgement, or for the end of the dump. `handle` then sees each
  /// message of the answer. A dump that the kernel marks as inconsistent is repeated, up to eight times.
  /// `what` names the request in errors: "read the links". Errors: the kernel's errno, with its own words
  /// (NLMSGERR_ATTR_MSG) after `what`.
  [[nodiscard]] Result<void> request(Message& message, const std::string& what, const Handler& handle = {});

  /// Sends the messages in one call, as netfilter requires for a transaction, and waits for the
  /// acknowledgement of each one that asks for it. `what` names them in errors. Errors: the kernel's first
  /// refusal; then none of them took effect.
  [[nodiscard]] Result<void> batch(std::span<Message* const> messages, const std::string& what);

 private:
  explicit Socket(Fd fd) : fd_(std::move(fd)) {}
  [[nodiscard]] Result<void> exchange(Message& message, const std::string& what, std::string& answer,
                                      bool& interrupted);

  /// Receives once and calls `visit` with each message. Errors: the kernel's, after `what`.
  [[nodiscard]] Result<void> receive(const std::string& what, const Handler& visit);

  Fd fd_;
  std::uint32_t sequence_ = 0;
};

}  // namespace hopcost::netlink
