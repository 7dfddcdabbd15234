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
  /// `type` is RTM_* of NETLINK_ROUTE, or a family's number of NETLINK_GENERIC. `flags` (NLM_F_DUMP, ...) are
  /// added to NLM_F_REQUEST and NLM_F_ACK, which are always set.
  Message(std::uint16_t type, std::uint16_t flags);
  Message(const Message&) = delete;
  Message& operator=(const Message&) = delete;

  /// Appends a fixed header (ifinfomsg, genlmsghdr, ...). Some attributes begin with one too: a veth's peer
  /// with an ifinfomsg.
  template <class T>
  void header(const T& fixed) {
    append(&fixed, sizeof fixed);
  }

  /// Appends an attribute of 32 bits in network order, as netfilter wants its numbers.
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
  void text(std::uint16_t type, std::string_view value);  ///< Appends text, zero-terminated on the wire.
  /// Appends an attribute of any bytes, which are copied.
  void bytes(std::uint16_t type, const void* data, std::size_t size);
  /// Opens an attribute: everything appended until end() is inside it.
  [[nodiscard]] nlattr* begin(std::uint16_t type);
  /// Closes an attribute that begin() opened. The last one opened is closed first.
  void end(nlattr* nest) noexcept;

  /// Does not ask for an acknowledgement: for messages of a batch that the kernel does not answer.
  void without_acknowledgement() noexcept {
    head_->nlmsg_flags = static_cast<std::uint16_t>(head_->nlmsg_flags & ~NLM_F_ACK);
  }

  /// Whether something did not fit. Such a message is never sent.
  [[nodiscard]] bool too_long() const noexcept { return too_long_; }
  [[nodiscard]] nlmsghdr* get() noexcept { return head_; }

 private:
  /// Appends a copy of the bytes, padded. Gives its address, or null when there is no room.
  std::byte* append(const void* data, std::size_t size) noexcept;

  alignas(nlmsghdr) std::array<std::byte, 4096> buffer_{};
  nlmsghdr* head_;
  nlattr nowhere_{};  // stands for an attribute that did not fit
  bool too_long_ = false;
};

}  // namespace hopcost::netlink
