// Writes a netlink request: a header, the fixed header of its family, then attributes. Integers are in host
// order. One thread at a time. Includes only base/.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/netlink/attribute.h"

namespace hopcost::netlink {

/// A request of up to 4 KiB, for Socket::request().
class Message {
 public:
  /// `type` is RTM_* of NETLINK_ROUTE, or a family's number of NETLINK_GENERIC. `flags` (NLM_F_DUMP, ...)
  /// come on top of NLM_F_REQUEST and NLM_F_ACK, which are always set.
  Message(std::uint16_t type, std::uint16_t flags);
  Message(const Message&) = delete;
  Message& operator=(const Message&) = delete;

  /// Appends a fixed header (ifinfomsg, genlmsghdr, ...). Some attributes hold one too: a veth's peer its
  /// ifinfomsg.
  template <class T>
  void header(const T& fixed) {
    append(&fixed, sizeof fixed);
  }

  /// In network order, as netfilter has its numbers.
  void be32(std::uint16_t type, std::uint32_t value) {
    if constexpr (std::endian::native == std::endian::little) value = __builtin_bswap32(value);
    u32(type, value);
  }
  /// Appends an attribute of 8 bits.
  void u8(std::uint16_t type, std::uint8_t value) { bytes(type, &value, sizeof value); }
  /// Appends an attribute of 16 bits.
  void u16(std::uint16_t type, std::uint16_t value) { bytes(type, &value, sizeof value); }
  /// Appends an attribute of 32 bits.
  void u32(std::uint16_t type, std::uint32_t value) { bytes(type, &value, sizeof value); }
  void text(std::uint16_t type, std::string_view value);  ///< zero-terminated on the wire.
  /// Appends an attribute of any bytes, which are copied.
  void bytes(std::uint16_t type, const void* data, std::size_t size);
  /// Everything appended until end() lies within this attribute.
  [[nodiscard]] nlattr* begin(std::uint16_t type);
  /// Closes what begin() opened; the last opened first.
  void end(nlattr* nest) noexcept;

  /// Asks for no acknowledgement: for a message of a batch that the kernel does not answer.
  void without_acknowledgement() noexcept {
    head_->nlmsg_flags = static_cast<std::uint16_t>(head_->nlmsg_flags & ~NLM_F_ACK);
  }

  /// Something did not fit. Such a message is never sent.
  [[nodiscard]] bool too_long() const noexcept { return too_long_; }
  [[nodiscard]] nlmsghdr* get() noexcept { return head_; }

 private:
  /// Copies the bytes and pads them. Gives where they were put, or null when there is no room.
  std::byte* append(const void* data, std::size_t size) noexcept;

  alignas(nlmsghdr) std::array<std::byte, 4096> buffer_{};
  nlmsghdr* head_;
  nlattr nowhere_{};  // stands for an attribute that did not fit
  bool too_long_ = false;
};

}  // namespace hopcost::netlink
