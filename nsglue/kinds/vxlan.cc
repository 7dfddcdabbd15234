// Ethernet in UDP to one remote, RFC 7348 (drivers/net/vxlan/). Ours does not learn, because all is behind
// its only remote.
#include <linux/if_link.h>

#include "nsglue/kinds/kind.h"

namespace hopcost::nsglue {
namespace {

using Width = InfoField::Width;

constexpr InfoField kVxlanFields[] = {
    {.key = "id", .attribute = IFLA_VXLAN_ID, .width = Width::kU32, .max = 0xffffff, .required = true},
    {.key = "remote", .attribute = IFLA_VXLAN_GROUP, .width = Width::kIpv4, .required = true},
    {.key = "local", .attribute = IFLA_VXLAN_LOCAL, .width = Width::kIpv4, .required = true},
    {"udp_port", IFLA_VXLAN_PORT, Width::kU16Network, 65535, 8472,
     4789},                                          // the kernel's is older than IANA's
    {"ttl", IFLA_VXLAN_TTL, Width::kU8, 255, 0, 0},  // 0: as the route says
    {"learning", IFLA_VXLAN_LEARNING, Width::kU8, 1, 1, 0},
    {"udp_checksum", IFLA_VXLAN_UDP_CSUM, Width::kU8, 1, 1, 1},
};

}  // namespace

extern const LinkKind kind_vxlan;
constexpr LinkKind kind_vxlan = {
    .name = "vxlan",
    .module = "vxlan",
    .config = "CONFIG_VXLAN",
    .shape = Shape::kAlone,
    .fields = kVxlanFields,
    .stateless = true,
};

}  // namespace hopcost::nsglue
