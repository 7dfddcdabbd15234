// Reads the bytes of a netlink message (linux/netlink.h): a header, a fixed header of its family, then
// attributes, which may hold attributes. Bounds-checked: reading ends at bytes that are cut off or malformed.
// Integers are in host order. Any thread. Includes nothing of ours.
#pragma once

#include <linux/netlink.h>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <span>
#include <string>

namespace hopcost::netlink {

/// Messages and attributes begin at multiples of 4 bytes; their lengths leave the padding out.
[[nodiscard]] constexpr std::size_t aligned(std::size_t bytes) noexcept {
  return (bytes + NLMSG_ALIGNTO - 1) / NLMSG_ALIGNTO * NLMSG_ALIGNTO;
}
inline constexpr std::size_t kMessageHead = aligned(sizeof(nlmsghdr));
inline constexpr std::size_t kAttributeHead = aligned(sizeof(nlattr));

/// The bytes after a message's header.
[[nodiscard]] inline std::span<const std::byte> payload_of(const nlmsghdr* h) noexcept {
  return {reinterpret_cast<const std::byte*>(h) + kMessageHead, h->nlmsg_len - kMessageHead};
}

/// The family's fixed header (ifinfomsg, ...). Only for messages that the kernel sent, which hold all of it.
template <class T>
[[nodiscard]] const T* fixed_header(const nlmsghdr* h) noexcept {
  return reinterpret_cast<const T*>(payload_of(h).data());
}

/// The attribute's content; valid as long as the message.
[[nodiscard]] inline std::span<const std::byte> bytes_of(const nlattr* a) noexcept {
  return {reinterpret_cast<const std::byte*>(a) + kAttributeHead, a->nla_len - kAttributeHead};
}

/// The attribute as a number; 0 when it has fewer bytes than T.
template <std::integral T>
[[nodiscard]] T number_of(const nlattr* a) noexcept {
  T value = 0;
  if (const auto bytes = bytes_of(a); bytes.size() >= sizeof value)
    std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}

/// The attribute as text, up to a zero byte or its end.
[[nodiscard]] inline std::string text_of(const nlattr* a) {
  const auto bytes = bytes_of(a);
  const auto end = std::ranges::find(bytes, std::byte{0});
  return {reinterpret_cast<const char*>(bytes.data()), static_cast<std::size_t>(end - bytes.begin())};
}

/// Called with each attribute, which is valid as long as the message.
using Attributes = std::function<void(std::uint16_t type, const nlattr*)>;
/// Visits attributes in their order, with the type's flags (NLA_F_NESTED, ...) removed.
void for_each_attribute(std::span<const std::byte> bytes, const Attributes& visit);
/// Visits a message's attributes, which follow its family's fixed header of `header_size` bytes.
void for_each_attribute(const nlmsghdr* message, std::size_t header_size, const Attributes& visit);
/// Visits the attributes inside an attribute.
void for_each_attribute(const nlattr* nest, const Attributes& visit);

/// Visits messages in their order.
void for_each_message(std::span<const std::byte> bytes, const std::function<void(const nlmsghdr*)>& visit);

}  // namespace hopcost::netlink
