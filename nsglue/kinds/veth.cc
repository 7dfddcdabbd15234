// A pair of devices: what goes into one comes out of the other (drivers/net/veth.c).
#include <linux/veth.h>

#include "nsglue/kinds/kind.h"

namespace hopcost::nsglue {

extern const LinkKind kind_veth;
constexpr LinkKind kind_veth = {
    .name = "veth",
    .module = "veth",
    .config = "CONFIG_VETH",
    .shape = Shape::kPair,
    .peer_attribute = VETH_INFO_PEER,
};

}  // namespace hopcost::nsglue
