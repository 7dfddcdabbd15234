// A macvlan whose frames a program may take from /dev/tapN (drivers/net/macvtap.c). While none has it open,
// the kernel keeps them: then it is a macvlan with one more step on the way in.
#include "nsglue/kinds/macvlan_fields.h"

namespace hopcost::nsglue {

extern const LinkKind kind_macvtap;
constexpr LinkKind kind_macvtap = {
    .name = "macvtap",
    .module = "macvtap",
    .config = "CONFIG_MACVTAP",
    .shape = Shape::kOnLower,
    .fields = kMacvlanFields,
};

}  // namespace hopcost::nsglue
