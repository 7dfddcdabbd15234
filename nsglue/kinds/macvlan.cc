// A device with a MAC address of its own on a lower device (drivers/net/macvlan.c). TSO and tx checksum stay
// on.
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
