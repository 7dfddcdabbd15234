// IP in IP by generic routing encapsulation, RFC 2784 (net/ipv4/ip_gre.c).
#include "nsglue/kinds/kind.h"

namespace hopcost::nsglue {
namespace {

using Width = InfoField::Width;

/// From linux/if_tunnel.h, which can't be included together with netinet/in.h.
enum GreAttribute : std::uint16_t { kGreLocal = 6, kGreRemote = 7, kGreTtl = 8 };

constexpr InfoField kGreFields[] = {
    {.key = "local", .attribute = kGreLocal, .width = Width::kIpv4, .required = true},
    {.key = "remote", .attribute = kGreRemote, .width = Width::kIpv4, .required = true},
    {"ttl", kGreTtl, Width::kU8, 255, 0, 0},  // 0: as the inner packet has it
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
