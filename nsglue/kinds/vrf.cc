// A routing domain: its ports use a routing table of their own (drivers/net/vrf.c).
#include <linux/if_link.h>

#include "nsglue/kinds/kind.h"

namespace hopcost::nsglue {
namespace {

constexpr InfoField kVrfFields[] = {
    {.key = "table",
     .attribute = IFLA_VRF_TABLE,
     .width = InfoField::Width::kU32,
     .max = 0xffffffff,
     .required = true},
};

}  // namespace

extern const LinkKind kind_vrf;
constexpr LinkKind kind_vrf = {
    .name = "vrf",
    .module = "vrf",
    .config = "CONFIG_NET_VRF",
    .shape = Shape::kAlone,
    .fields = kVrfFields,
    .has_ports = true,
};

}  // namespace hopcost::nsglue
