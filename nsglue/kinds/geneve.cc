// Ethernet in UDP to one remote, RFC 8926 (drivers/net/geneve.c).
#include <linux/if_link.h>

#include "nsglue/kinds/kind.h"

namespace hopcost::nsglue {
namespace {

using Width = InfoField::Width;

constexpr InfoField kGeneveFields[] = {
    {.key = "id", .attribute = IFLA_GENEVE_ID, .width = Width::kU32, .max = 0xffffff, .required = true},
    {.key = "remote", .attribute = IFLA_GENEVE_REMOTE, .width = Width::kIpv4, .required = true},
    {"udp_port", IFLA_GENEVE_PORT, Width::kU16Network, 65535, 6081, 6081},
    {"ttl", IFLA_GENEVE_TTL, Width::kU8, 255, 0, 0},  // 0: as the route says
    {"udp_checksum", IFLA_GENEVE_UDP_CSUM, Width::kU8, 1, 0, 0},
};

}  // namespace

extern const LinkKind kind_geneve;
constexpr LinkKind kind_geneve = {
    .name = "geneve",
    .module = "geneve",
    .config = "CONFIG_GENEVE",
    .shape = Shape::kAlone,
    .fields = kGeneveFields,
    .stateless = true,
};

}  // namespace hopcost::nsglue
