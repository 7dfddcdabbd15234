#include "base/netlink/message.h"

#include <cstring>
#include <string>

namespace hopcost::netlink {

Message::Message(std::uint16_t type, std::uint16_t flags)
    : head_(reinterpret_cast<nlmsghdr*>(buffer_.data())) {
  head_->nlmsg_len = kMessageHead;
  head_->nlmsg_type = type;
  head_->nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | NLM_F_ACK | flags);
}

std::byte* Message::append(const void* data, std::size_t size) noexcept {
  const std::size_t used = aligned(head_->nlmsg_len);
  if (size > buffer_.size() - used || aligned(size) > buffer_.size() - used) {
    too_long_ = true;
    return nullptr;
  }
  std::byte* const at = buffer_.data() + used;
  if (size > 0) std::memcpy(at, data, size);
  head_->nlmsg_len = static_cast<std::uint32_t>(used + aligned(size));
  return at;
}

void Message::bytes(std::uint16_t type, const void* data, std::size_t size) {
  nlattr* const a = begin(type);
  append(data, size);
  a->nla_len = static_cast<std::uint16_t>(kAttributeHead + size);
}

void Message::text(std::uint16_t type, std::string_view value) {
  bytes(type, std::string(value).c_str(), value.size() + 1);
}

nlattr* Message::begin(std::uint16_t type) {
  const nlattr head{.nla_len = kAttributeHead, .nla_type = type};
  auto* const at = append(&head, sizeof head);
  return at != nullptr ? reinterpret_cast<nlattr*>(at) : &nowhere_;
}

void Message::end(nlattr* nest) noexcept {
  if (nest == &nowhere_) return;
  const auto* const tail = buffer_.data() + aligned(head_->nlmsg_len);
  nest->nla_len = static_cast<std::uint16_t>(tail - reinterpret_cast<std::byte*>(nest));
}

}  // namespace hopcost::netlink
