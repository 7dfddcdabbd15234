// rtnetlink over libmnl: messages, and requests that wait for their answer. A socket stays in the network
// namespace it was opened in, whatever its thread does later. One thread at a time. Includes only base/.
#pragma once

#include <libmnl/libmnl.h>

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/fd.h"
#include "base/result.h"

namespace hopcost::nsglue {

/// One request of up to 4 KiB. Integers are in host order, as rtnetlink wants them.
class Message {
 public:
  /// `flags` beyond NLM_F_REQUEST (rtnetlink.h, netlink.h).
  Message(std::uint16_t type, std::uint16_t flags);
  Message(const Message&) = delete;
  Message& operator=(const Message&) = delete;

  /// Appends a fixed header (ifinfomsg, ...).
  template <class T>
  void header(const T& fixed) {
    *static_cast<T*>(mnl_nlmsg_put_extra_header(head_, sizeof(T))) = fixed;
  }
  /// The same in the middle of a nest, where a peer's ifinfomsg stands. It is 4-byte aligned there.
  void raw(const void* bytes, std::size_t size);

  void u8(std::uint16_t type, std::uint8_t value) { mnl_attr_put_u8(head_, type, value); }
  void u16(std::uint16_t type, std::uint16_t value) { mnl_attr_put_u16(head_, type, value); }
  void u32(std::uint16_t type, std::uint32_t value) { mnl_attr_put_u32(head_, type, value); }
  void text(std::uint16_t type, std::string_view value);  ///< zero-terminated on the wire.
  void bytes(std::uint16_t type, const void* data, std::size_t size) {
    mnl_attr_put(head_, type, size, data);
  }
  [[nodiscard]] nlattr* begin(std::uint16_t type) { return mnl_attr_nest_start(head_, type); }
  void end(nlattr* nest) { mnl_attr_nest_end(head_, nest); }

  [[nodiscard]] nlmsghdr* get() noexcept { return head_; }

 private:
  alignas(nlmsghdr) std::array<char, 4096> buffer_{};
  nlmsghdr* head_;
};

/// One NETLINK_ROUTE socket.
class Netlink {
 public:
  /// In the caller's current network namespace.
  [[nodiscard]] static Result<Netlink> open();

  using Handler = std::function<void(const nlmsghdr*)>;
  /// Sends, and waits for the acknowledgement or the end of the dump; `handle` sees each message of the
  /// answer. A dump that the kernel calls inconsistent is asked for again. Errors: the kernel's errno, with
  /// its own words (NLMSGERR_ATTR_MSG) after `what`.
  [[nodiscard]] Result<void> request(Message& message, const std::string& what, const Handler& handle = {});

 private:
  explicit Netlink(Fd fd) : fd_(std::move(fd)) {}
  [[nodiscard]] Result<void> exchange(Message& message, const std::string& what, std::string& answer,
                                      bool& interrupted);

  Fd fd_;
  std::uint32_t sequence_ = 0;
};

/// Attributes of a message after a fixed header of `header_size`, or of a nest, by type.
using Attributes = std::function<void(std::uint16_t type, const nlattr*)>;
void for_each_attribute(const nlmsghdr* message, std::size_t header_size, const Attributes& visit);
void for_each_attribute(const nlattr* nest, const Attributes& visit);

}  // namespace hopcost::nsglue
