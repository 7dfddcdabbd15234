// IP in IP by generic routing encapsulation, RFC 2784 (net/ipv4/ip_gre.c).
#include <linux/if_tunnel.h>

#include "nsglue/kinds/kind.h"

namespace hopcost::nsglue {
namespace {

using Width = InfoField::Width;

constexpr InfoField kGreFields[] = {
    {.key = "local", .attribute = IFLA_GRE_LOCAL, .width = Width::kIpv4, .required = true},
    {.key = "remote", .attribute = IFLA_GRE_REMOTE, .width = Width::kIpv4, .required = true},
    {"ttl", IFLA_GRE_TTL, Width::kU8, 255, 0, 0},  // 0: the inner packet's
};

}  // namespace

extern const LinkKind kind_gre;
constexpr LinkKind kind_gre = {
    .name = "gre",
    .module = "ip_gre",
    .config = "CONFIG_NET_IPGRE",
    .shape = Shape::kAlone,
    .fields = kGreFields,
    .mac = MacFrom::kNone,
    .stateless = true,
};

}  // namespace hopcost::nsglue
