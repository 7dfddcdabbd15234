// The bytes of a netlink message (linux/netlink.h): attributes behind a fixed header, and attributes within
// attributes. Reading is bounds-checked. Integers are in host order, as rtnetlink has them. Includes nothing
// of ours. Safe from any thread.
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

namespace hopcost::nsglue {

/// Messages and attributes begin at multiples of 4 bytes; their lengths leave the padding out.
[[nodiscard]] constexpr std::size_t netlink_aligned(std::size_t bytes) noexcept {
  return (bytes + NLMSG_ALIGNTO - 1) / NLMSG_ALIGNTO * NLMSG_ALIGNTO;
}
inline constexpr std::size_t kMessageHead = netlink_aligned(sizeof(nlmsghdr));
inline constexpr std::size_t kAttributeHead = netlink_aligned(sizeof(nlattr));

/// What stands behind a message's header.
[[nodiscard]] inline std::span<const std::byte> payload_of(const nlmsghdr* h) noexcept {
  return {reinterpret_cast<const std::byte*>(h) + kMessageHead, h->nlmsg_len - kMessageHead};
}

/// The fixed header of a message of the kernel's, which is all there.
template <class T>
[[nodiscard]] const T* fixed_header(const nlmsghdr* h) noexcept {
  return reinterpret_cast<const T*>(payload_of(h).data());
}

[[nodiscard]] inline std::span<const std::byte> bytes_of(const nlattr* a) noexcept {
  return {reinterpret_cast<const std::byte*>(a) + kAttributeHead, a->nla_len - kAttributeHead};
}

/// 0 where there are fewer bytes.
template <std::unsigned_integral T>
[[nodiscard]] T number_of(const nlattr* a) noexcept {
  T value = 0;
  if (const auto bytes = bytes_of(a); bytes.size() >= sizeof value)
    std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}

/// Up to its zero, or to its end.
[[nodiscard]] inline std::string text_of(const nlattr* a) {
  const auto bytes = bytes_of(a);
  const auto end = std::ranges::find(bytes, std::byte{0});
  return {reinterpret_cast<const char*>(bytes.data()), static_cast<std::size_t>(end - bytes.begin())};
}

using Attributes = std::function<void(std::uint16_t type, const nlattr*)>;
/// Attributes one after the other, by type; a broken one ends them.
void for_each_attribute(std::span<const std::byte> bytes, const Attributes& visit);
/// Those of a message after a fixed header of `header_size`, or of a nest.
void for_each_attribute(const nlmsghdr* message, std::size_t header_size, const Attributes& visit);
void for_each_attribute(const nlattr* nest, const Attributes& visit);

/// Messages one after the other; one that is cut off ends them.
void for_each_message(std::span<const std::byte> bytes, const std::function<void(const nlmsghdr*)>& visit);

}  // namespace hopcost::nsglue
