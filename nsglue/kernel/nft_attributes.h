// Reads nf_tables' messages, whose numbers are in network byte order, and has the kernel dump them. One
// thread per socket. Includes base/.
#pragma once

#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include <cstdint>
#include <functional>
#include <string>

#include "base/netlink/socket.h"
#include "base/result.h"

namespace hopcost::nsglue {

/// The attribute's number, in the host's byte order.
[[nodiscard]] std::uint32_t be32_of(const nlattr* a);

/// "ip", "ip6", "inet" or "another family's".
[[nodiscard]] const char* nft_family_name(int family);

/// The message's attribute of nf_tables; null when there is none. It lives as long as the message.
[[nodiscard]] const nlattr* nft_attribute(const nlmsghdr* h, std::uint16_t wanted);

/// The text of such an attribute; empty when there is none.
[[nodiscard]] std::string nft_text(const nlmsghdr* h, std::uint16_t type);

/// A base chain's place: the hook (NftHook) and its priority.
struct NftPlace {
  std::uint32_t hook = 0;
  std::int32_t priority = 0;
};
/// Of a message with a chain; a chain that is no base chain has the first hook.
[[nodiscard]] NftPlace nft_place(const nlmsghdr* h);

/// Whether the chain of the message drops what no rule of it accepts.
[[nodiscard]] bool nft_drops(const nlmsghdr* h);

/// Has the kernel dump what `message` (NFT_MSG_GET...) asks for, of all families. Errors: netlink's.
[[nodiscard]] Result<void> nft_dump(netlink::Socket& netfilter, std::uint16_t message,
                                    const std::function<void(int family, const nlmsghdr*)>& visit);

}  // namespace hopcost::nsglue
