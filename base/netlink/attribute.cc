#include "base/netlink/attribute.h"

namespace hopcost::netlink {

void for_each_attribute(std::span<const std::byte> bytes, const Attributes& visit) {
  while (bytes.size() >= kAttributeHead) {
    const auto* a = reinterpret_cast<const nlattr*>(bytes.data());
    if (a->nla_len < kAttributeHead || a->nla_len > bytes.size()) return;
    visit(a->nla_type & NLA_TYPE_MASK, a);
    bytes = bytes.subspan(std::min(aligned(a->nla_len), bytes.size()));
  }
}

void for_each_attribute(const nlmsghdr* message, std::size_t header_size, const Attributes& visit) {
  const auto payload = payload_of(message);
  for_each_attribute(payload.subspan(std::min(aligned(header_size), payload.size())), visit);
}

void for_each_attribute(const nlattr* nest, const Attributes& visit) {
  for_each_attribute(bytes_of(nest), visit);
}

void for_each_message(std::span<const std::byte> bytes, const std::function<void(const nlmsghdr*)>& visit) {
  while (bytes.size() >= kMessageHead) {
    const auto* h = reinterpret_cast<const nlmsghdr*>(bytes.data());
    if (h->nlmsg_len < kMessageHead || h->nlmsg_len > bytes.size()) return;
    visit(h);
    bytes = bytes.subspan(std::min(aligned(h->nlmsg_len), bytes.size()));
  }
}

}  // namespace hopcost::netlink
