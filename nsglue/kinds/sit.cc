// IPv6 in IPv4, RFC 4213 (net/ipv6/sit.c): one end of a tunnel between two fixed addresses, "6in4".
#include "nsglue/kinds/kind.h"

namespace hopcost::nsglue {
namespace {

using Width = InfoField::Width;

/// From linux/if_tunnel.h, which can't be included together with netinet/in.h.
enum SitAttribute : std::uint16_t { kSitLocal = 2, kSitRemote = 3, kSitTtl = 4 };

constexpr InfoField kSitFields[] = {
    {.key = "local", .attribute = kSitLocal, .width = Width::kIpv4, .required = true},
    {.key = "remote", .attribute = kSitRemote, .width = Width::kIpv4, .required = true},
    {"ttl", kSitTtl, Width::kU8, 255, 64, 64},  // 0: as the inner packet has it
};

}  // namespace

extern const LinkKind kind_sit;
constexpr LinkKind kind_sit = {
    .name = "sit",
    .module = "sit",
    .config = "CONFIG_IPV6_SIT",
    .shape = Shape::kAlone,
    .fields = kSitFields,
    .mac = MacFrom::kNone,
    .stateless = true,
};

}  // namespace hopcost::nsglue
