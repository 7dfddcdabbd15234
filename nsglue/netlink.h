// rtnetlink: messages, and requests that wait for their answer. A socket stays in the network
// namespace it was opened in, whatever its thread does later. One thread at a time. Includes only base/.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/fd.h"
#include "base/result.h"
#include "nsglue/attribute.h"

namespace hopcost::nsglue {

/// One request of up to 4 KiB. Integers are in host order, as rtnetlink wants them.
class Message {
 public:
  /// `flags` beyond NLM_F_REQUEST (rtnetlink.h, netlink.h).
  Message(std::uint16_t type, std::uint16_t flags);
  Message(const Message&) = delete;
  Message& operator=(const Message&) = delete;

  /// Appends a fixed header (ifinfomsg, ...); also in the middle of a nest, where a peer's ifinfomsg stands.
  template <class T>
  void header(const T& fixed) {
    append(&fixed, sizeof fixed);
  }

  void u8(std::uint16_t type, std::uint8_t value) { bytes(type, &value, sizeof value); }
  void u16(std::uint16_t type, std::uint16_t value) { bytes(type, &value, sizeof value); }
  void u32(std::uint16_t type, std::uint32_t value) { bytes(type, &value, sizeof value); }
  void text(std::uint16_t type, std::string_view value);  ///< zero-terminated on the wire.
  void bytes(std::uint16_t type, const void* data, std::size_t size);
  /// What is appended until end() is within this attribute.
  [[nodiscard]] nlattr* begin(std::uint16_t type);
  void end(nlattr* nest) noexcept;

  /// Something did not fit: such a message is never sent.
  [[nodiscard]] bool too_long() const noexcept { return too_long_; }
  [[nodiscard]] nlmsghdr* get() noexcept { return head_; }

 private:
  /// Copies the bytes and pads them; where they were put, or nothing when there is no room.
  std::byte* append(const void* data, std::size_t size) noexcept;

  alignas(nlmsghdr) std::array<std::byte, 4096> buffer_{};
  nlmsghdr* head_;
  nlattr nowhere_{};  // stands for what did not fit
  bool too_long_ = false;
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

}  // namespace hopcost::nsglue
