// A second MAC address on a lower device (drivers/net/macvlan.c). It holds TSO and tx checksum on.
#include "nsglue/kinds/macvlan_fields.h"

namespace hopcost::nsglue {

extern const LinkKind kind_macvlan;
constexpr LinkKind kind_macvlan = {
    .name = "macvlan",
    .module = "macvlan",
    .config = "CONFIG_MACVLAN",
    .shape = Shape::kOnLower,
    .fields = kMacvlanFields,
};

}  // namespace hopcost::nsglue
