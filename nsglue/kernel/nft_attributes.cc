#include "nsglue/kernel/nft_attributes.h"

#include <arpa/inet.h>
#include <sys/socket.h>

#include "nsglue/kernel/nft_rule.h"

namespace hopcost::nsglue {

std::uint32_t be32_of(const nlattr* a) {
  return ntohl(netlink::number_of<std::uint32_t>(a));
}

const char* nft_family_name(int family) {
  constexpr int kInet = 1;  // NFPROTO_INET, linux/netfilter.h
  return family == AF_INET    ? "ip"
         : family == AF_INET6 ? "ip6"
         : family == kInet    ? "inet"
                              : "another family's";
}

const nlattr* nft_attribute(const nlmsghdr* h, std::uint16_t wanted) {
  const nlattr* found = nullptr;
  netlink::for_each_attribute(h, sizeof(nfgenmsg), [&](std::uint16_t type, const nlattr* a) {
    if (type == wanted) found = a;
  });
  return found;
}

std::string nft_text(const nlmsghdr* h, std::uint16_t type) {
  const nlattr* a = nft_attribute(h, type);
  return a != nullptr ? netlink::text_of(a) : "";
}

NftPlace nft_place(const nlmsghdr* h) {
  NftPlace place;
  const nlattr* nest = nft_attribute(h, NFTA_CHAIN_HOOK);
  if (nest == nullptr) return place;
  netlink::for_each_attribute(nest, [&](std::uint16_t type, const nlattr* a) {
    if (type == NFTA_HOOK_HOOKNUM) place.hook = be32_of(a);
    if (type == NFTA_HOOK_PRIORITY) place.priority = static_cast<std::int32_t>(be32_of(a));
  });
  return place;
}

bool nft_drops(const nlmsghdr* h) {
  const nlattr* policy = nft_attribute(h, NFTA_CHAIN_POLICY);
  return policy != nullptr && be32_of(policy) == kNftDrop;
}

Result<void> nft_dump(netlink::Socket& netfilter, std::uint16_t message,
                      const std::function<void(int family, const nlmsghdr*)>& visit) {
  netlink::Message m(static_cast<std::uint16_t>(NFNL_SUBSYS_NFTABLES << 8 | message), NLM_F_DUMP);
  m.header(nfgenmsg{});
  return netfilter.request(m, "read the packet filter's rules", [&](const nlmsghdr* h) {
    visit(netlink::fixed_header<nfgenmsg>(h)->nfgen_family, h);
  });
}

}  // namespace hopcost::nsglue
